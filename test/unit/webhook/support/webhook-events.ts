/** Events that a test of webhooks wants beside those of messages. */
import type { HealthLevel } from '../../../../src/policy/health.ts';
import type { Post } from '../../../../src/webhook/sender.ts';
import type { WebhookBench } from './webhook-bench.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

/** Health decides something about the default account. */
export async function eventOfAccount(bench: WebhookBench, level: HealthLevel): Promise<void> {
  const { accountId } = bench;
  const change = {
    accountId,
    stream: '',
    level,
    reason: '12 % of 1000 deliveries bounced hard',
    perMinute: undefined,
  };
  await bench.store.health.setHealth({ ...change, atMs: bench.clock.now() }, 'health');
}

/** Receivers that answer within no time, by host. */
export interface FakeReceivers {
  answer(host: string, statusCode: number): void;
  got(host: string): readonly Post[];
}

/** In place of HTTP from the next start of the dispatcher on. */
export function fakeReceivers(bench: WebhookBench): FakeReceivers {
  const statusCodes = new Map<string, number>();
  const posts: Post[] = [];
  const hostOf = ({ url }: Post) => new URL(url).host;
  bench.openSender = () => ({
    send(post) {
      posts.push(post);
      const statusCode = statusCodes.get(hostOf(post)) ?? 204;
      const excerpt = `said ${statusCode}`;
      return Promise.resolve({
        kind: 'answered',
        statusCode,
        retryAfter: undefined,
        location: undefined,
        excerpt,
      });
    },
    close: () => undefined,
  });
  return {
    answer: (host, statusCode) => void statusCodes.set(host, statusCode),
    got: (host) => posts.filter((post) => hostOf(post) === host),
  };
}
