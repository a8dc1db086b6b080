/* SPDX-License-Identifier: MIT */
/* The threads that meet in the asynchronous core: worker, consumer, callers, and who destroys it. */
#include "core.pml"

bool quit, consumer_done;
byte callers_left = CALLERS;

/* The consumer, behind pop(): the end of fail_locked(), what follows the unlock, and the codec is let go. */
inline delivered()
{
    if
    :: d_step {
           failing ->
           end_epoch_rest();
           lifecycle_fail();
           settle_all(broken);
           failing = false;
           held = false;
           check()
       }
    :: !failing
    fi;
    after_unlock();
    if
    :: pinned -> pinned = false; unref_codec()
    :: !pinned
    fi
}

#if CONSUMER == NEXT
/* webc_events_next(-1) again and again, until it returns 0 when it is time to end. */
proctype consumer()
{
    NOTICE;
    bool pinned, failing, sleeps, none;
    do
    :: d_step {
           !held && !asleep_ready ->
           waiting = false;
           sleeps = false;
           if
           :: nempty(queue) -> pop()
           :: empty(queue) && interrupted -> interrupted = false; none = true
           :: empty(queue) && !interrupted ->
               waiting = true;
               sleeps = true;
#ifndef FAULT_SLEEP_NOT_ATOMIC
               asleep_ready = true
#endif
           fi;
           if
           :: !failing -> check()
           :: else
           fi
       };
       if
       :: sleeps ->
#ifdef FAULT_SLEEP_NOT_ATOMIC
           asleep_ready = true
#endif
       :: none && quit -> break
       :: none && !quit -> none = false
       :: !sleeps && !none -> delivered()
       fi
    :: may_wake(asleep_ready)
    od;
    consumer_done = true
}
#else
/* webc_events_dispatch(): what was queued when it began, and a wakeup for what was queued meanwhile. */
inline dispatch()
{
    atomic { !held -> batch = len(queue) };
    do
    :: d_step {
           !held && batch > 0 ->
           pop();
           if
           :: !failing -> check()
           :: else
           fi
       };
       delivered()
    :: d_step {
           !held && batch == 0 ->
#ifndef FAULT_REST_NOT_TOLD
           if
           :: nempty(queue) && wakeup_set -> notice_wakeup()
           :: empty(queue) || !wakeup_set
           fi
#endif
       };
       after_unlock();
       break
    od
}

proctype consumer()
{
    NOTICE;
    bool pinned, failing;
#if CONSUMER == POLL
    /* webc_events_native_handle(), at any time */
    d_step { !held -> fd_open = true; fd_count = len(queue) > 0; check() };
#else
    /* webc_events_set_wakeup(), at any time */
    d_step {
        !held ->
        wakeup_set = true;
        if
        :: nempty(queue) -> notice_wakeup()
        :: empty(queue)
        fi
    };
    after_unlock();
#endif
    do
#if CONSUMER == POLL
    :: fd_count > 0 -> dispatch()
#else
    :: posted -> posted = false; dispatch()
#endif
    :: quit -> break
    od;
    consumer_done = true
}
#endif

/* take_input() */
inline take_input()
{
    d_step {
        !held ->
        untaken = false;
        current = hand_fresh;
#ifdef FAULT_TAKE_OF_PASSED_EPOCH
        current = true;
#endif
        taken = taken + current;
        if
#ifdef FAULT_DEQUEUE_TWICE
        :: current -> scheduled = true; append_codec(dequeue, 0)
#else
        :: current && !scheduled -> scheduled = true; append_codec(dequeue, 0)
#endif
        :: else
        fi;
        check()
    };
    after_unlock()
}

/* post_output(), for one of what the work holds; when it is refused, nothing is held any more. */
inline emit()
{
    do
    :: d_step {
           !held && !asleep_room ->
           sleeps = false;
           current = work_fresh;
#ifdef FAULT_WINDOW_IGNORES_EPOCH
           current = true;
#endif
           if
           :: current && outputs_queued >= WINDOW -> asleep_room = true; sleeps = true
           :: current && outputs_queued < WINDOW -> outputs_queued++; append_codec(frame, work_fresh); holds--
           :: else -> holds = 0
           fi;
           check()
       };
       if
       :: !sleeps -> break
       :: sleeps
       fi
    :: may_wake(asleep_room)
    od;
    after_unlock()
}

/* drain(); leaves `current` false when the work of this epoch has ended. */
inline drain()
{
    current = true;
    do
    :: holds > 0 -> emit()
    :: holds == 0 -> break
    od
}

/* What a call of the backend may come to: fail() and sink_error(), or webc__codec_stuck() and _back(). */
inline may_fail()
{
#if ODD
    if
    :: d_step {
           !held && odd_left > 0 ->
           odd_left--;
           failed = true;
           holds = 0;
           if
#ifdef FAULT_ERROR_OF_PASSED_EPOCH
           :: true -> queue_error(work_fresh)
#else
           :: work_fresh -> queue_error(1)
#endif
           :: else
           fi;
           check()
       };
       after_unlock()
    :: d_step { !held && odd_left > 0 -> odd_left--; stuck = true; queue_stuck(); check() };
       after_unlock(); /* the worker waits until the watchdog has told */
       atomic { !held -> stuck = false }
    :: true
    fi
#else
    skip
#endif
}

/* sink_flushed() */
inline tell_flushed()
{
    d_step {
        !held ->
        if
#ifdef FAULT_FLUSHED_OF_PASSED_EPOCH
        :: true ->
#else
        :: work_fresh ->
#endif
            assert(len(pending) > 0);
            pending?t_number;
            assert(t_number == hand_flush);
            append_codec(done, t_number)
        :: else
        fi;
        check()
    };
    after_unlock()
}

/* ops->run() of a decoder or encoder: what it makes of inputs comes out at once, later, or when it drains. */
inline run_message()
{
    if
    :: item == CONFIGURE ->
        if
        :: same && failed -> current = false
        :: same && !failed -> drain()
        :: !same
        fi;
        if
        :: current ->
            atomic { work_fresh = hand_fresh; configured = true; failed = false; holds = 0 };
            may_fail()
        :: !current
        fi
    :: item == INPUT && !failed ->
        holds++;
        may_fail();
        do
        :: holds > 0 -> emit()
#if MESSAGES
        :: break
#else
        :: holds < 2 -> break
#endif
        od
    :: item == FLUSH && !failed ->
        drain();
        if
        :: current -> may_fail()
        :: !current
        fi;
        if
        :: current && !failed -> tell_flushed()
        :: !current || failed
        fi
    :: item != CONFIGURE && failed
    fi
}

/* loop() of worker.c, run_item() and discarded() */
proctype worker()
{
    NOTICE;
    bool current, sleeps, discards, runs, ends;
    byte item;
    /* decoder_work, encoder_work */
    bool same, configured, failed;
    byte holds;
    do
    :: d_step {
           !asleep_work ->
           assert(!codec_freed);
           sleeps = false;
           current = false;
           same = false;
           item = 0;
           hand_fresh = 0;
           hand_flush = 0;
           if
           :: closed || discard ->
#ifdef FAULT_DISCARD_ON_WORKER
               drop_queue();
#endif
               ends = closed;
               discards = discard;
               dropped = false;
               discard = false
           :: !closed && !discard && nempty(items) ->
               items?item, hand_fresh;
               untaken = item == INPUT;
               if
               :: item > FLUSH -> hand_flush = item - FLUSH; item = FLUSH
               :: else
               fi;
               runs = true
           :: !closed && !discard && empty(items) ->
               w_waiting = true;
               asleep_work = true;
               sleeps = true
           fi
       };
       if
       :: discards ->
           discards = false;
           atomic { !held -> assert(!codec_freed); garbage = false };
           /* abandon(), which reads the epoch without the lock */
           atomic {
               if
               :: !work_fresh -> configured = false; holds = 0
               :: work_fresh
               fi
           }
       :: runs ->
           runs = false;
           if
           :: item == INPUT -> take_input()
           :: item != INPUT -> atomic { current = hand_fresh; same = hand_fresh && work_fresh && configured }
           fi;
           if
           :: current -> run_message()
           :: !current
           fi
       :: sleeps
       :: !discards && !runs && !sleeps
       fi;
       if
       :: ends -> break
       :: !ends
       fi
    :: may_wake(asleep_work)
    od;
    /* stopped() */
    unref_codec()
}

/* webc_events_interrupt() */
inline interrupt()
{
    d_step {
        !held ->
        interrupted = true;
        if
        :: waiting -> waiting = false; n_signal = true
        :: else
        fi
    };
    after_unlock()
}

#if MESSAGES
#define may_call (!held && calls_left > 0 && state != CLOSED)
#define called calls_left--
#else
#define may_call (!held && len(items) < OUTSTANDING && flushes < OUTSTANDING && state != CLOSED)
#define called skip
#endif

/* webc__codec_retire_locked() in two steps; when it `closes`, webc__worker_close() follows under the same lock. */
inline retire(closes)
{
    d_step {
        !held && callers_left == 1 ->
        assert(!codec_freed);
        held = true;
        if
#ifdef FAULT_DESTROY_LEAVES_EVENTS
        :: false
#else
        :: !destroyed -> end_epoch()
#endif
        :: else
        fi
    };
    d_step {
        if
        :: !destroyed ->
            end_epoch_rest();
            garbage = garbage || len(pending) > 0;
            assert(len(pending) == flushes); /* these are abandoned */
            do
            :: nempty(pending) -> pending?t_number
            :: empty(pending) -> break
            od;
            flushes = 0;
            lifecycle_fail();
            destroyed = true
        :: else
        fi;
        if
        :: closes -> drop_queue(); discard = true; closed = true; must_wake()
        :: else
        fi;
        destroy_returned = true;
        held = false;
        check()
    };
    after_unlock();
    unref_codec()
}

/* webc_events_destroy(); the program has seen to it that nobody waits for events any more. */
inline destroy_events()
{
#if CONSUMER == WAKEUP
    do
    :: d_step {
           !held && !asleep_idle ->
           wakeup_set = false;
           sleeps = wakeup_running > 0;
#ifdef FAULT_WAKEUP_NOT_WAITED_FOR
           sleeps = false;
#endif
           asleep_idle = sleeps
       };
       if
       :: sleeps
       :: !sleeps -> break
       fi
    :: may_wake(asleep_idle)
    od;
    wakeup_gone = true;
#endif
    if
    :: atomic { !destroyed -> refs++ }; retire(false)
    :: destroyed
    fi;
    atomic { unref_events() }
}

inline end_consumer()
{
    atomic { callers_left == 1 -> quit = true };
#if CONSUMER == NEXT
    interrupt();
#endif
    consumer_done
}

#define AT_REST (len(queue) == 0 && queue_size == 0 && flushes == 0)

/*
 * The program: the public calls that change anything, as those that are refused change nothing. It may wait until
 * all is told, and its last thread destroys the objects in either order.
 */
proctype caller()
{
    NOTICE;
    bool sleeps;
    do
    :: d_step { may_call -> called; state = CONFIGURED; post(CONFIGURE); check() };
       after_unlock()
    :: d_step {
           may_call && state == CONFIGURED ->
           called;
#ifdef FAULT_WAKE_BEFORE_CHANGE
           must_wake()
       };
       after_unlock();
       d_step {
           !held && state == CONFIGURED ->
#endif
           queue_size++;
           post(INPUT);
           check()
       };
       after_unlock()
    :: d_step {
           may_call && state == CONFIGURED ->
           called;
           flushes++;
           pending!flushes;
           post(FLUSH + flushes);
           check()
       };
       after_unlock()
    :: d_step { may_call -> called; held = true; end_epoch() };
       if
       :: d_step { true -> end_epoch_rest(); cut_off(UNCONFIGURED); held = false; check() }
       :: d_step { true -> end_epoch_rest(); cut_off(CLOSED); held = false; check() }
       fi;
       after_unlock()
#if ODD
    :: d_step { !held && odd_left > 0 && state != CLOSED -> odd_left--; queue_error(1); check() };
       after_unlock()
    :: d_step { !held && odd_left > 0 -> odd_left--; append(domain, 0); check() };
       after_unlock()
#if CONSUMER == NEXT
    :: atomic { odd_left > 0 -> odd_left-- }; interrupt()
#endif
#endif
    :: true -> AT_REST
    :: atomic { callers_left > 1 -> callers_left--; break }
    :: retire(true); end_consumer(); destroy_events(); break
    :: end_consumer(); destroy_events(); retire(true); break
    od
}

init {
    byte i;
    atomic {
        run worker();
        run consumer();
        do
        :: i < CALLERS -> i++; run caller()
        :: else -> i = 0; break
        od
    };
#ifndef LIVE
    _nr_pr == 1;
    assert(codec_freed && events_freed)
#endif
}

#ifdef LIVE
/* Wakes whom it likes, and never has to. */
active proctype noise()
{
    do
    :: asleep_work -> asleep_work = false
    :: asleep_room -> asleep_room = false
    :: asleep_ready -> asleep_ready = false
    :: asleep_idle -> asleep_idle = false
    :: true -> skip
    od
}

/* With a consumer that goes on, every flush is settled, every input told and every event taken. */
ltl comes_to_rest { []<> AT_REST }
#endif
