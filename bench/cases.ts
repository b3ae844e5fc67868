/**
 * What is measured: message size × connections × a connection per message or reused, in clear text from a network
 * credential or with STARTTLS and AUTH; and the same by HTTP, where connections are always reused. Counts are chosen so that a case takes a few seconds; time bounds it where
 * a machine is slower.
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

const SIZES: Readonly<Record<string, number>> = { '4k': 4 * 1024, '50k': 50 * 1024 };
const CONNECTIONS = [1, 20, 100];
const MAX_SECONDS = 15;
const QUICK_MAX_SECONDS = 3;

/** `quick` keeps every case and cuts it to a quarter; `maxSeconds` bounds each in time. */
export function benchCases(options: {
  quick: boolean;
  secure: boolean;
  maxSeconds?: number | undefined;
}): readonly BenchCase[] {
  const cases: BenchCase[] = [];
  for (const [sizeName, sizeBytes] of Object.entries(SIZES)) {
    for (const connections of CONNECTIONS) {
      for (const reuse of [false, true]) {
        const full = (connections === 1 ? 3_000 : 12_000) / (sizeName === '4k' ? 1 : 2);
        cases.push({
          name: `${sizeName}-${connections}-${reuse ? 'reuse' : 'new'}${options.secure ? '-tls' : ''}`,
          sizeBytes,
          connections,
          reuse,
          secure: options.secure,
          count: options.quick ? full / 4 : full,
          maxSeconds: options.maxSeconds ?? (options.quick ? QUICK_MAX_SECONDS : MAX_SECONDS),
          ratePerSecond: undefined,
        });
      }
      cases.push(httpCase(cases.at(-1) as BenchCase, `${sizeName}-${connections}-http`));
    }
  }
  return cases;
}

/** The same by HTTP, on connections that stay. */
function httpCase(reused: BenchCase, name: string): BenchCase {
  return { ...reused, name, secure: false, http: true };
}
