"""How a stage reads, acts and acknowledges: at least once, and what is committed is done.

To check that nothing is lost, read in this order:

1. `offsets`: which offsets may be committed, and the check that no record was skipped.
2. `committer`: sends effects, stores rows, waits for the broker, acknowledges; dead letters and pauses.
3. `runner`: what every shape of stage does around its handler. `ordered`, `windowed`, `bulk`: the three shapes.
4. `retry`, `rejection_limit`, `batching` and `streams.runtime.processes.crash_log`: what a runner uses.

For each record: check its offset, decode it, call the stage's handler, send its messages and wait for the broker, write
its rows and wait again, then mark its offset as done. What can go wrong:

| what                                                | consequence                                                 |
|-----------------------------------------------------|-------------------------------------------------------------|
| `Rejected`: the input can never pass                | dead letter (its bytes and the reason), then acknowledged   |
| `Failed`: the handler raised an unexpected exception| the same, with the exception's name; its state is restored  |
| `SetAside`: it needs longer than others can wait    | tried again beside the others, in a process of its own      |
| `Unavailable`: a server is away                     | retried with backoff; a stage with a limit gives up after   |
|                                                     | ``transient_seconds``, and the process starts over          |
| so many `Rejected` that the cause must be ours      | the stage pauses with an alarm, and tries again             |
| any other error, or a send that the broker rejects  | the process ends and starts again from the last commit      |
| handling a record ended the process three times     | dead letter                                                 |
| a gap in the offsets                                | the process ends before it acknowledges anything past it    |
| a rebalance in the middle of a batch                | nothing of it is acknowledged: the new owner does it again  |

Stages are replayed after a crash, so their effects are idempotent: deterministic ids, rows that know their offset.
"""
