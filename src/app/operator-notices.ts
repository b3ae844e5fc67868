/** Notices of a running relay to its operator: notices of checks by each way, and the daily summary by mail. */
import path from 'node:path';
import type { CheckWatch } from '../upkeep/check-watch.ts';
import { memoryFile } from '../upkeep/notices/memory-file.ts';
import { noticeFile } from '../upkeep/notices/notice-file.ts';
import { startNotices, type Notices } from '../upkeep/notices/notices.ts';
import { sendNotice, type WayContext } from '../upkeep/notices/ways.ts';
import type { OperatorMailContext } from '../upkeep/notices/operator-mail.ts';
import { startDailySummary, type SummaryMemory } from '../upkeep/summary/daily-summary.ts';
import { lookAtDisk } from './look-at-disk.ts';
import type { RelayCore } from './relay-core.ts';
import { programVersion } from './version.ts';

/** Called when the relay is complete: one that starts or stops is not, which is no news. */
export function tellOperator(
  core: RelayCore,
  { checks, state }: { readonly checks: CheckWatch; readonly state: { readonly stopping: boolean } },
  cleanup: AsyncDisposableStack,
): Notices {
  const notices = startOperatorNotices(core);
  checks.onLook((results) => {
    if (!state.stopping && core.standing.holds('checks') !== undefined) notices.observe(results);
  });
  const summary = startOperatorSummary(core, checks);
  cleanup.defer(() => Promise.all([notices.stop(), summary.stop()]).then(() => undefined));
  return notices;
}

function startOperatorNotices(core: RelayCore): Notices {
  const { config, box, resolver, clock, random, log } = core;
  const guard = {
    resolver,
    get allowPrivateAddresses() {
      return config.webhooks.allowPrivateAddresses;
    },
  };
  const context: WayContext = {
    ...mailContext(core),
    box,
    sender: { guard, version: programVersion() },
  };
  return startNotices({
    config,
    file: noticeFile(config.dataDir),
    send: (way, notice, signal) => sendNotice(way, notice, context, signal),
    clock,
    random,
    log,
  });
}

function startOperatorSummary(core: RelayCore, checks: CheckWatch): { stop(): Promise<void> } {
  const { config, reader, certificate, clock, log } = core;
  return startDailySummary({
    config,
    file: memoryFile<SummaryMemory>(path.join(config.dataDir, 'summary.json'), {}),
    // Loaded once a day at most, and where it is asked for.
    isOurs: () => core.standing.holds('checks') !== undefined,
    async send(endMs) {
      const [{ gatherSummary }, { summaryWords }, { spoolOperatorMail }] = await Promise.all([
        import('../upkeep/summary/gather-summary.ts'),
        import('../upkeep/summary/summary-words.ts'),
        import('../upkeep/notices/operator-mail.ts'),
      ]);
      const sources = {
        config,
        reader,
        checks: () => checks.results(),
        certificate: certificate.facts,
        freeBytes: async () => (await lookAtDisk(config.dataDir)).freeBytes,
      };
      return await spoolOperatorMail(
        summaryWords(await gatherSummary(sources, endMs, clock.now())),
        mailContext(core),
      );
    },
    clock,
    log,
  });
}

function mailContext({ config, writes, reader, clock, random }: RelayCore): OperatorMailContext {
  return { config, reader, directory: writes.directory, spool: writes.spool, clock, random };
}
