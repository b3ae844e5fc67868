/**
 * Bounds on the work of hostile input, in processor time: the time on the wall grows with whatever else the machine does, or when
 * the process is paused, and a test that bounds it fails for no fault of the code.
 */

/** Begins to count; each call returns the milliseconds of processor time that this process has used since. */
export function startCpuTime(): () => number {
  const started = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1000;
  };
}
