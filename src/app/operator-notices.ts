/** The notices of a running relay, with the ways to its operator: the queue, the sender of webhooks, programs. */
import { noticeFile } from '../upkeep/notices/notice-file.ts';
import { startNotices, type Notices } from '../upkeep/notices/notices.ts';
import { sendNotice, type WayContext } from '../upkeep/notices/ways.ts';
import type { RelayCore } from './relay-core.ts';
import { programVersion } from './version.ts';

export function startOperatorNotices(core: RelayCore): Notices {
  const { config, writes, reader, box, resolver, clock, random, log } = core;
  const guard = {
    resolver,
    get allowPrivateAddresses() {
      return config.webhooks.allowPrivateAddresses;
    },
  };
  const context: WayContext = {
    config,
    reader,
    directory: writes.directory,
    spool: writes.spool,
    box,
    sender: { guard, version: programVersion() },
    clock,
    random,
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
