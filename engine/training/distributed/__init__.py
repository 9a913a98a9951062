"""One run on several processes, on one machine or more, through torch's process groups and its DDP.

What lives here: how the processes find one another (`joining`), what they ask of each other (`team`),
and the parts of a run that are others there: the step (`update`), what it measures (`tally`), the
statistics of BatchNorm (`batchnorm`) and the control (`control`). How processes are started and
watched does not: that is `engine.workers.agent` on one machine, and torchrun on several.

The steps are those of one process with the same batches, to rounding. Each process takes its part of
every batch, and the sums are weighted by what the images count. Only the first process, rank 0, writes.
"""
