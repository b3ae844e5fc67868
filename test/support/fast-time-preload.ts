/** Preloaded into programs whose time is to run fast (fast-time.ts): replaces what platform/clock.ts reads. */
import { FastTime } from './fast-time.ts';

const time = FastTime.ofEnvironment(process.env);
if (time !== undefined) speedUp(time);

function speedUp(fast: FastTime): void {
  const { factor } = fast;
  const RealDate = Date;
  const real = {
    now: performance.now.bind(performance),
    hrtime: process.hrtime.bigint.bind(process.hrtime),
    setTimeout,
  };
  const fastNow = () => Math.floor(fast.at(performance.timeOrigin + real.now()));
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, given: unknown[], newTarget) =>
      Reflect.construct(target, given.length === 0 ? [fastNow()] : given, newTarget) as object,
    get: (target, key, receiver) =>
      key === 'now' ? fastNow : (Reflect.get(target, key, receiver) as unknown),
  });
  performance.now = () => real.now() * factor;
  process.hrtime.bigint = () => real.hrtime() * BigInt(factor);
  globalThis.setTimeout = ((callback: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]) =>
    real.setTimeout(callback, delayMs / factor, ...args)) as typeof setTimeout;
}
