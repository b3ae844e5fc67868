/**
 * A process of its own for the tests of crashes and locks: opens the store in the folder given and does what the
 * second argument says. It speaks on standard output, a line each; it never closes anything.
 */
import { joinStore } from '../../support/join-store.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open.ts';
import { openSqliteReader } from '../../../src/store/sqlite/reader.ts';
import { newMessage, settleAll } from './fixtures.ts';

/** Messages on their way at a time. */
const CONCURRENCY = 40;

const [dataDir = '', part = ''] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);

try {
  const options = { dataDir, clock: systemClock, random: systemRandom, log: silentLog, reserveBytes: 0 };
  const store = openSqliteStore({ ...options, exclusive: true });
  say('open');
  if (part === 'work') await work(store);
} catch (error) {
  say(`error ${(error as { code?: string }).code ?? ''} ${(error as Error).message}`);
}

/** Accepts and settles as fast as it can, and says what was durable when. */
async function work(opened: ReturnType<typeof openSqliteStore>): Promise<void> {
  const { spool } = opened;
  const store = joinStore(openSqliteReader(dataDir), opened);
  const limits = { maxDeliveries: 20, maxDeliveriesPerDestination: 20, maxContentBytes: 2 ** 20 };
  spool.openFeed(limits, {
    onClaims(claims) {
      const ids = claims.flatMap(({ deliveries }) => deliveries.map(({ id }) => id));
      void settleAll(spool, claims.slice(0, -1)).then(() =>
        ids.slice(0, -1).forEach((id) => say(`delivered ${id}`)),
      );
    },
    onBacklog: () => undefined,
    onRecall: () => undefined,
  });
  const acceptForEver = async (worker: number): Promise<never> => {
    for (let round = 0; ; round++) {
      const upload = `${worker}-${round}`;
      const message = await newMessage(store, { recipients: [`user@d${round % 7}.example`] });
      if (round % 3 === 0) await spool.putChunk(upload, 0, new Uint8Array(1000).fill(worker));
      const content =
        round % 3 === 0 ? ({ kind: 'chunks', upload, chunkCount: 1 } as const) : message.content;
      await spool.accept({ ...message, content });
      say(`accepted ${message.facts.id}`);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, (_, worker) => acceptForEver(worker)));
}
