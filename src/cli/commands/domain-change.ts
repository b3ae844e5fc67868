/** `relayctl domain change`: what an operator sets of a domain. */
import { adminContext } from '../program/admin-context.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { findDomain } from '../input/lookup.ts';
import { domainLineJson } from '../../api-json/domain-json.ts';
import { formatDurationMs, parseDurationMs } from '../../platform/duration.ts';
import type { DomainTerms } from '../../store/directory.ts';
import { readRotateEvery } from './domain-rotate-dkim.ts';
import { contextOf } from './domain-show.ts';

export const domainChange: CommandSpec = {
  path: 'domain change',
  summary: 'Change how often the DKIM keys of a domain are rotated, and whether its names are delegated',
  arguments: '<domain>',
  details:
    'With --delegate the keys made from the next rotation on are published in the relay’s own zone (dkim.zone): the domain needs ' +
    'CNAMEs only, which `relayctl domain show` prints. The present keys stay where they are until then.',
  options: [
    {
      flags: '--rotate-every <duration>',
      meaning: 'how old its keys get; off: until somebody rotates them; default: as dkim.rotate_every says',
    },
    { flags: '--delegate', meaning: 'publish its DKIM keys in the relay’s own zone (dkim.zone)' },
    { flags: '--no-delegate', meaning: 'its owner publishes them' },
  ],
  examples: [
    { type: 'domain change example.com --rotate-every 180d', does: 'new keys twice a year' },
    { type: 'domain change example.com --rotate-every default', does: 'as configured' },
  ],
  run: change,
};

async function change(context: CommandContext, input: CommandInput): Promise<void> {
  const { options } = input;
  const every = options.text('rotate-every');
  const delegated = options.either('delegate');
  const terms: DomainTerms = {
    ...(every !== undefined && { rotateEveryMs: readRotateEvery(every, parseDurationMs) }),
    ...(delegated !== undefined && { delegated }),
  };
  if (Object.keys(terms).length === 0)
    throw usage('nothing to change', 'add --rotate-every 180d, --delegate or --no-delegate');
  if (delegated === true && context.config.dkim.zone === undefined)
    throw usage('there is no zone to delegate to', 'set dkim.zone first: docs/dkim-rotation.md');
  const domain = await findDomain(context, input.arguments[0] ?? '');
  const { directory, clock, actor } = await adminContext(context);
  const changed = await directory.changeDomain(domain.id, terms, clock.now(), actor);
  if (context.global.json) {
    context.printJson(domainLineJson(changed, await contextOf(context, changed)));
    return;
  }
  const { rotateEveryMs } = changed;
  const words =
    rotateEveryMs === undefined
      ? `as configured (${everyWords(context.config.dkim.rotateEveryMs)})`
      : everyWords(rotateEveryMs);
  context.print(
    `Changed ${changed.name}. Its DKIM keys are rotated ${words}${changed.delegated === true ? '; its names are delegated' : ''}.`,
  );
}

function everyWords(everyMs: number | undefined): string {
  return everyMs === undefined || everyMs === 0
    ? 'when somebody asks for it'
    : `every ${formatDurationMs(everyMs)}`;
}
