/** `relayctl domain verify`: looks the records up and says of each whether it is there. */
import { CliFailure } from '../program/cli-failure.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { verifyDomain } from '../../admin/domain-check.ts';
import { lookAtRotation } from '../../admin/dkim-rotation.ts';
import { recordsToPublish } from '../../admin/records-to-publish.ts';
import { rotationWords } from '../views/rotation-view.ts';
import { renderRecords } from '../views/domain-records-view.ts';
import { FORMAT_OPTION, recordFormat, renderFormat } from '../views/record-formats.ts';
import { findDomain } from '../input/lookup.ts';
import { domainJson } from '../../api-json/domain-json.ts';
import { contextOf, headline, WHEN_IT_IS_FREE } from './domain-show.ts';

export const domainVerify: CommandSpec = {
  path: 'domain verify',
  summary: 'Look up the DNS records of a domain: found, missing or different',
  arguments: '<domain>',
  details:
    'A domain is verified when its DKIM records are ok; SPF and DMARC are reported beside them. ' +
    'Where inbound.listen is set, bounces and complaints come to the relay once both records of the return-path host are ok. ' +
    'Where DNS does not answer, nothing changes. A verified domain whose DKIM records are missing or different stays verified ' +
    'until three look-ups over a day have found that, whoever made them; then its mail is refused. relayd looks by itself too: a ' +
    'new domain is verified within minutes. Exits with 1 unless the domain is verified and its DKIM records are ok.\n\n' +
    'Of several accounts that added the domain, the first that is verified has it, until it removes the domain, or its ' +
    'DKIM records have failed for 7 days when those of another account are there.',
  options: [FORMAT_OPTION],
  examples: [
    { type: 'domain verify example.com', does: 'look them up now' },
    { type: 'domain verify example.com --json', does: 'the same for a script' },
    {
      type: 'domain verify example.com || echo "not yet"',
      does: 'the exit code says whether it is verified',
    },
  ],
  run: verify,
};

async function verify(context: CommandContext, input: CommandInput): Promise<void> {
  const domain = await findDomain(context, input.arguments[0] ?? '');
  const { reader, config, services } = context;
  const resolver = services.createResolver(config);
  const openAuthority = () => services.openAuthority(config);
  const admin = { ...(await adminContext(context)), resolver, openAuthority };
  const found = await verifyDomain(domain, admin);
  const { domain: checked, outcome } = found;
  const { keys, records: looked } = await lookAtRotation(checked, admin);
  const records = await recordsToPublish(checked, found.records, { reader, config, resolver }, looked);
  const format = recordFormat(context, input.options);
  if (format === 'json') {
    context.printJson(domainJson(checked, await contextOf(context, domain), records));
  } else if (format !== 'text') {
    context.print(renderFormat(format, records, context.io.columns));
  } else {
    const head = [headline(checked, context.paint), ...rotationWords(checked.name, keys, context.nowMs)];
    context.print(`${head.join('\n')}\n\n${renderRecords(records, context.paint)}`);
  }
  if (outcome === 'dns-failed') {
    throw new CliFailure('dns-failed', `DNS could not be asked for the DKIM records of ${domain.name}`, {
      hint: 'try again; if it stays so, check dns.servers: relayctl config show',
    });
  }
  if (outcome === 'failing') {
    throw new CliFailure('failing', `the DKIM records of ${domain.name} are not as they should be`, {
      hint: `publish what is missing or different again; mail from it is still accepted and signed: relayctl domain show ${domain.name}`,
    });
  }
  if (outcome === 'elsewhere') {
    throw new CliFailure(
      'verified-elsewhere',
      `${domain.name} is not verified: another account was verified first`,
      {
        hint: `${WHEN_IT_IS_FREE}\nwho has it: relayctl domain list`,
      },
    );
  }
  if (outcome === 'not-verified') {
    throw new CliFailure(
      'not-verified',
      `${domain.name} is not verified: its DKIM records are not as they should be`,
      {
        hint: `publish what is missing or different, wait for DNS to spread it, then: relayctl domain verify ${domain.name}`,
      },
    );
  }
}
