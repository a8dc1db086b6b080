/* SPDX-License-Identifier: MIT */
/*
 * The data of the asynchronous core, and what is done to it under its locks and after them. codec.pml has the
 * threads; docs/model.md tells what is left out; tools/model runs it.
 *
 * A d_step is what happens under a lock. Two locks exist in C: the events lock, and inside of it the worker's. A
 * region of the worker's lock is one step. So is one of the events lock, but where an epoch ends: the worker reads
 * the epoch without a lock, so that what comes before and after its rise are two steps, and `held` keeps the
 * others out between them. What follows an unlock is a step of its own each time.
 *
 * Nothing here counts for ever, so that equal situations are equal states: an epoch is only ever compared with the
 * present one, so that one bit tells all about it, and flushes are numbered from the oldest that was not told.
 *
 * FAULT_x brings a mistake back that the checks must find.
 */

#ifndef MESSAGES
#define MESSAGES 6 /* calls, destroy not counted; 0: no end of them, and OUTSTANDING limits what is queued */
#endif
#ifndef OUTSTANDING
#define OUTSTANDING 2
#endif
#ifndef ODD
#define ODD 0 /* failures, slow calls, reclaims, interrupts, foreign events and spurious wake-ups, together */
#endif
#ifndef WINDOW
#define WINDOW 1 /* max_outputs */
#endif
#ifndef CALLERS
#define CALLERS 1 /* threads that make the calls */
#endif

/* How the consumer waits. */
#define NEXT 0   /* webc_events_next() */
#define POLL 1   /* the descriptor, then webc_events_dispatch() */
#define WAKEUP 2 /* the wakeup function, then webc_events_dispatch() */
#ifndef CONSUMER
#define CONSUMER NEXT
#endif

#if MESSAGES
#define MOST MESSAGES
#else
#define MOST OUTSTANDING
#endif

/* Types of events: OUTPUT, DEQUEUE, FLUSHED by its result, ERROR, and what is no codec's. */
mtype = { frame, dequeue, done, cut, broken, error, domain };
#define is_flushed(type) (type == done || type == cut || type == broken)
/* Messages; above FLUSH the flush of that number. */
#define CONFIGURE 0
#define INPUT 1
#define FLUSH 2
/* webc__lifecycle.state */
#define UNCONFIGURED 0
#define CONFIGURED 1
#define CLOSED 2

/* struct webc_events, under its lock */
bool held; /* the lock, between the two steps of a region that has two */
/* from head to tail: type, and of a flush its number, else whether it is of the present epoch */
chan queue = [WINDOW + MOST + ODD + 3] of { mtype, byte };
bool waiting, interrupted;
bool fd_open;
byte fd_count; /* what can be read from it: a pipe's, an eventfd differs where it would pass 1 */
bool wakeup_set;
byte wakeup_running;
byte batch; /* nodes at the head whose sequence is not past dispatch's `last` */
byte events_refs = 2;
bool events_freed;

/* struct webc__codec, under the same */
chan pending = [MOST + 1] of { byte }; /* pending_flushes */
bool error_reserved = true;            /* error_node */
bool garbage;                          /* `discarded` is not empty */
byte outputs_queued;
bool stuck; /* a call of the backend takes too long */
bool destroyed;
byte refs = 2;
bool codec_freed;
/* webc__lifecycle */
byte state = UNCONFIGURED;
byte queue_size, taken, flushes; /* flushes is its pending_flushes */
bool scheduled;                  /* dequeue_scheduled */

/* struct webc__worker, under its own lock */
chan items = [MOST + 1] of { byte, bit }; /* from head to tail: message, whether it is of the present epoch */
bool dropped;                             /* is not empty */
bool w_waiting;                           /* `waiting` */
bool discard, closed;

/* The epochs that are compared with the codec's: of the message that the worker runs, and of its work. */
bit hand_fresh, work_fresh;

/* Who is inside of pthread_cond_wait(), which gives the lock back and sleeps in one step. */
bool asleep_work, asleep_room, asleep_ready, asleep_idle;

/* What is left to choose. */
byte calls_left = MESSAGES;
byte odd_left = ODD;

/* What the properties are about. */
byte epoch_first = 1;  /* the first flush of this epoch */
bool error_told;
bool destroy_returned; /* webc__codec_destroy() or webc_events_destroy() */
bool edge_told;        /* this filling of the queue has had its wakeup */
bool wakeup_gone;      /* webc_events_set_wakeup(NULL) has returned */
bool untaken;          /* the worker runs an input that was not counted as taken yet */
byte hand_flush;       /* or this flush */
bool posted;           /* what the wakeup function told the consumer's loop */

/* Used inside of one step only. */
hidden mtype t_type;
hidden byte t_number, t_i, t_n, t_m;

/* What a thread has on its stack: webc__notice. */
#define NOTICE bool n_worker, n_signal, n_wakeup

/* disarm_locked(), called when the queue was emptied */
inline disarm()
{
    edge_told = false;
#ifndef FAULT_FD_NOT_CLEARED
    if
    :: fd_count > 0 -> fd_count--
    :: else
    fi
#endif
}

inline notice_wakeup()
{
    wakeup_running++;
    n_wakeup = true;
    edge_told = true
}

/* webc__events_append_locked() */
inline append(type, number)
{
    assert(!events_freed);
    queue!type, number;
    if
    :: waiting -> waiting = false; n_signal = true
    :: else
    fi;
    if
    :: len(queue) == 1 && fd_open -> fd_count++
    :: else
    fi;
    if
#ifdef FAULT_WAKEUP_EVERY_POST
    :: wakeup_set && !n_wakeup -> assert(!edge_told); notice_wakeup()
#else
    :: len(queue) == 1 && wakeup_set && !n_wakeup -> assert(!edge_told); notice_wakeup()
#endif
    :: else
    fi
}

/* webc__codec_append_locked() */
inline append_codec(type, number)
{
    assert(!destroyed && !codec_freed);
    append(type, number)
}

/* must_wake_locked() */
inline must_wake()
{
    if
    :: w_waiting -> w_waiting = false; n_worker = true
    :: else
    fi
}

/* drop_queue_locked() */
inline drop_queue()
{
    do
    :: nempty(items) -> items?t_i, t_n; dropped = true
    :: empty(items) -> break
    od
}

/* webc__worker_post() in post_locked() */
inline post(item)
{
    assert(!closed && !codec_freed);
    items!item, 1;
#ifdef FAULT_WAKE_BEFORE_CHANGE
    if
    :: item != INPUT -> must_wake()
    :: else
    fi
#else
    must_wake()
#endif
}

/* end_epoch_locked(), up to and with the rise of the epoch */
inline end_epoch()
{
    t_m = len(pending);
    t_n = batch;
    t_i = len(queue);
    if
    :: t_i > 0 ->
        do
        :: t_i > 0 ->
            t_i--;
            queue?t_type, t_number;
            if
            :: t_type == domain -> queue!t_type, t_number
            :: is_flushed(t_type) -> pending!t_number
            :: t_type == error -> error_reserved = true
            :: t_type == frame -> garbage = true
            :: t_type == dequeue
            fi;
            if
            :: t_n > 0 -> t_n--; batch = batch - (t_type != domain)
            :: else
            fi
        :: else -> break
        od;
        if
        :: empty(queue) -> disarm()
        :: nempty(queue)
        fi
    :: else
    fi;
    /* unsettle_locked(): those come before what pended already */
    do
    :: t_m > 0 -> t_m--; pending?t_number; pending!t_number
    :: else -> break
    od;
    /* the rise: all that carries an epoch is of a passed one now */
    hand_fresh = 0;
    work_fresh = 0;
    t_i = len(items);
    do
    :: t_i > 0 -> t_i--; items?t_number, t_n; items!t_number, 0
    :: else -> break
    od;
    epoch_first = flushes + 1
}

/* end_epoch_locked(), the rest: with webc__worker_discard() and wake_parked_locked() */
inline end_epoch_rest()
{
    outputs_queued = 0;
#ifndef FAULT_DISCARD_ON_WORKER
    drop_queue();
#endif
    discard = true;
    must_wake();
#ifndef FAULT_ROOM_NOT_WOKEN
    asleep_room = false
#endif
}

/* settle_all_locked() */
inline settle_all(type)
{
    do
    :: nempty(pending) -> pending?t_number; append_codec(type, t_number)
    :: empty(pending) -> break
    od
}

/* webc__codec_queue_error_locked() */
inline queue_error(fresh)
{
    if
    :: error_reserved -> error_reserved = false; append_codec(error, fresh)
    :: else
    fi
}

/* webc__codec_queue_stuck_locked() */
inline queue_stuck()
{
    if
    :: stuck && !destroyed && state != CLOSED -> queue_error(1)
    :: else
    fi
}

/* webc__lifecycle_reset(), _close() and what cut_off() does with them */
inline cut_off(to)
{
    scheduled = scheduled || queue_size > 0;
    queue_size = 0;
#ifndef FAULT_RESET_LEAVES_TAKEN
    taken = 0;
#endif
    state = to;
    if
    :: scheduled -> append_codec(dequeue, 0)
    :: else
    fi;
#ifndef FAULT_RESET_FORGETS_FLUSHES
    settle_all(cut);
#endif
    queue_stuck()
}

/* webc__lifecycle_fail() */
inline lifecycle_fail()
{
    queue_size = 0;
    taken = 0;
    scheduled = false;
    state = CLOSED
}

/* What is left of flush numbers when the oldest was told. */
inline renumber()
{
    t_i = len(queue);
    do
    :: t_i > 0 -> t_i--; queue?t_type, t_number; queue!t_type, t_number - is_flushed(t_type)
    :: else -> break
    od;
    t_i = len(pending);
    do
    :: t_i > 0 -> t_i--; pending?t_number; pending!t_number - 1
    :: else -> break
    od;
    t_i = len(items);
    do
    :: t_i > 0 -> t_i--; items?t_number, t_n; items!t_number - (t_number > FLUSH), t_n
    :: else -> break
    od;
    hand_flush = hand_flush - (hand_flush > 0);
    epoch_first = epoch_first - (epoch_first > 1)
}

/* pop_locked() and webc__codec_delivered_locked(); an ERROR is left to fail_locked() with `failing` and `held`. */
inline pop()
{
    queue?t_type, t_number;
    if
    :: empty(queue) -> disarm()
    :: nempty(queue)
    fi;
    batch = batch - (batch > 0);
    assert(t_type == domain || (!codec_freed && !destroy_returned));
    assert(t_type == domain || !error_told || t_type == broken);
    if
    :: t_type == frame ->
        assert(t_number && state != CLOSED);
        outputs_queued--;
        asleep_room = false
    :: t_type == dequeue ->
        assert(queue_size >= taken);
        queue_size = queue_size - taken;
        taken = 0;
        scheduled = false
    :: is_flushed(t_type) ->
        /* in the order of the calls, each once, with the result of what became of its epoch */
        assert(t_number == 1);
        assert((t_type == done) == (epoch_first == 1));
        assert((t_type == broken) == error_told);
        assert(flushes > 0);
        flushes--;
        renumber();
        pinned = true
    :: t_type == error ->
        assert(t_number && state != CLOSED);
        error_told = true;
        pinned = true;
#ifdef FAULT_ERROR_KEEPS_EPOCH
        lifecycle_fail();
        settle_all(broken)
#else
        failing = true;
        held = true;
        end_epoch()
#endif
    :: t_type == domain
    fi;
#ifndef FAULT_NOT_PINNED
    refs = refs + pinned
#endif
}

/* What holds whenever the events lock is free. */
inline check()
{
    assert(!fd_open || fd_count == (len(queue) > 0));
    t_n = 0; /* outputs */
    t_m = 0; /* a bit each for dequeue and error, then four for each completion */
    t_i = len(queue);
    do
    :: t_i > 0 ->
        t_i--;
        queue?t_type, t_number;
        queue!t_type, t_number;
        if
        :: t_type == frame -> assert(t_number); t_n++
        :: t_type == dequeue -> assert(!(t_m & 1)); t_m++
        :: t_type == error -> assert(t_number && !(t_m & 2)); t_m = t_m + 2
        :: is_flushed(t_type) -> t_m = t_m + 4
        :: t_type == domain
        fi
    :: else -> break
    od;
    assert(t_n == outputs_queued && t_n <= WINDOW);
    assert((t_m & 1) == scheduled);
    assert(error_reserved + error_told + (t_m & 2) / 2 == 1);
    /* each flush that was accepted and not told is in one place */
    assert(flushes == t_m / 4 + len(pending));
    assert(!destroyed || (t_n + t_m == 0 && flushes == 0));
    /* the size is what was accepted and not told as taken: the worker will take it, or has */
    assert(queue_size >= taken);
    t_n = untaken && hand_fresh;
    t_i = len(items);
    do
    :: t_i > 0 -> t_i--; items?t_m, t_number; items!t_m, t_number; t_n = t_n + (t_m == INPUT && t_number)
    :: else -> break
    od;
    assert(queue_size == taken + t_n || state == CLOSED);
    assert(state != CLOSED || queue_size == 0);
    assert(!error_told || state == CLOSED)
}

/* webc__events_unlock() after the unlock, and run_wakeup() */
inline after_unlock()
{
    if
    :: atomic { n_worker -> n_worker = false; assert(!codec_freed); asleep_work = false }
    :: !n_worker
    fi;
    if
    :: atomic { n_signal -> n_signal = false; assert(!events_freed); asleep_ready = false }
    :: !n_signal
    fi;
#if CONSUMER == WAKEUP
    if
    :: n_wakeup ->
        atomic { n_wakeup = false; assert(!wakeup_gone); posted = true };
        atomic {
            !held ->
            assert(!events_freed);
            wakeup_running--;
            if
            :: wakeup_running == 0 -> asleep_idle = false
            :: else
            fi
        }
    :: !n_wakeup
    fi;
#endif
    skip
}

/* Of pthread_cond_wait(): wakes up without a signal. */
#ifdef LIVE
#define may_wake(asleep) atomic { false -> skip }
#else
#define may_wake(asleep) atomic { asleep && odd_left > 0 -> odd_left--; asleep = false }
#endif

/* webc__events_unref() */
inline unref_events()
{
    events_refs--;
    events_freed = events_refs == 0
}

/* webc__codec_unref() and free_codec() */
inline unref_codec()
{
    atomic {
        assert(refs > 0);
        refs--;
        if
        :: refs == 0 ->
            assert(!garbage && empty(pending) && empty(items) && !dropped);
            codec_freed = true;
            unref_events()
        :: else
        fi
    }
}
