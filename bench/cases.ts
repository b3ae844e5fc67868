/**
 * What is measured: message size × connections × a connection per message or reused, in clear text from a network
 * credential or with STARTTLS and AUTH; and the same by HTTP, where connections are always reused. Counts are chosen so that a
 * case takes a few seconds; time bounds it where a machine is slower.
 */

export interface BenchCase {
  /** Such as `4k-20-new`; `--cases` matches parts of it. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly connections: number;
  readonly reuse: boolean;
  /** STARTTLS and AUTH PLAIN on every connection. */
  readonly secure: boolean;
  readonly count: number;
  readonly maxSeconds: number;
  readonly ratePerSecond: number | undefined;
  /** `POST /v1/send` instead of SMTP. */
  readonly http?: true;
}

interface Size {
  readonly name: string;
  readonly bytes: number;
  /** One part in so many of the messages that a case with small ones has. */
  readonly share: number;
}

const SIZES: readonly Size[] = [
  { name: '4k', bytes: 4 * 1024, share: 1 },
  { name: '50k', bytes: 50 * 1024, share: 2 },
];
/** Over 20 connections that stay, alone: there octets count, and not what each message costs. */
const LARGE: Size = { name: '100k', bytes: 100_000, share: 4 };
const CONNECTIONS = [1, 20, 100];
const MAX_SECONDS = 15;
const QUICK_MAX_SECONDS = 3;

/** `quick` keeps every case and cuts it to a quarter; `maxSeconds` bounds each in time. */
export function benchCases(options: {
  quick: boolean;
  secure: boolean;
  maxSeconds?: number | undefined;
}): readonly BenchCase[] {
  const makeCase = (size: Size, connections: number, reuse: boolean): BenchCase => {
    const full = (connections === 1 ? 3_000 : 12_000) / size.share;
    return {
      name: `${size.name}-${connections}-${reuse ? 'reuse' : 'new'}${options.secure ? '-tls' : ''}`,
      sizeBytes: size.bytes,
      connections,
      reuse,
      secure: options.secure,
      count: options.quick ? full / 4 : full,
      maxSeconds: options.maxSeconds ?? (options.quick ? QUICK_MAX_SECONDS : MAX_SECONDS),
      ratePerSecond: undefined,
    };
  };
  const cases = SIZES.flatMap((size) =>
    CONNECTIONS.flatMap((connections) => {
      const reused = makeCase(size, connections, true);
      return [
        makeCase(size, connections, false),
        reused,
        httpCase(reused, `${size.name}-${connections}-http`),
      ];
    }),
  );
  return [...cases, makeCase(LARGE, 20, true)];
}

/** The same by HTTP, on connections that stay. */
function httpCase(reused: BenchCase, name: string): BenchCase {
  return { ...reused, name, secure: false, http: true };
}
