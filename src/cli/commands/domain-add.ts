/** `relayctl domain add`: keys for a sending domain, and the DNS records that make it trusted. */
import { DKIM_KEY_SETS, WHY_NOT_ED25519_ALONE, type DkimKeySet } from '../../dkim/dkim-key.ts';
import { knownRecords } from '../../admin/domain-records.ts';
import { addDomain } from '../../admin/domains.ts';
import { recordsToPublish } from '../../admin/records-to-publish.ts';
import { adminContextWithBox } from '../program/admin-context.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import type { Options } from '../program/options.ts';
import { unlessRefused } from '../program/refusal.ts';
import { renderRecords } from '../views/domain-records-view.ts';
import { FORMAT_OPTION, recordFormat, renderFormat } from '../views/record-formats.ts';
import { domainName } from '../input/lookup.ts';
import { domainJson } from '../../api-json/domain-json.ts';
import { contextOf } from './domain-show.ts';

export const domainAdd: CommandSpec = {
  path: 'domain add',
  summary: 'Add a sending domain and print the DNS records to publish',
  arguments: '<domain>',
  details:
    'Makes two DKIM keys, RSA-2048 and Ed25519; their private parts are kept encrypted and never shown. ' +
    'Mail from the domain is accepted once its DKIM records are seen in DNS (relayctl domain verify). ' +
    'Several accounts may add the same domain, each with selectors of its own: the first whose records are seen holds it.\n\n' +
    'With --dkim rsa there is one key, one record and one signature a message: for DNS that takes only one, and where ' +
    'every signature counts. It is chosen once: to change it, remove the domain and add it again.',
  options: [
    { flags: '--dkim <keys>', meaning: 'both (the default), or rsa: RSA-2048 alone' },
    FORMAT_OPTION,
    {
      flags: '--delegate',
      meaning:
        'its DKIM names are CNAMEs into the relay’s own zone (dkim.zone), so that rotations need no change of its DNS',
    },
  ],
  examples: [
    { type: 'domain add example.com', does: 'add a domain' },
    { type: 'domain add example.com --dkim rsa', does: 'one DKIM key, RSA-2048' },
    { type: 'domain add example.com --format zone', does: 'the records for a zone file, and nothing else' },
    { type: 'domain add example.com --json', does: 'the records for a script that publishes them' },
  ],
  run: add,
};

async function add(context: CommandContext, input: CommandInput): Promise<void> {
  const name = domainName(input.arguments[0] ?? '');
  const keySet = readKeySet(input.options, name);
  const admin = await adminContextWithBox(context);
  const account = await context.account();
  const delegated = readDelegate(input.options, context.config.dkim.zone);
  const domain = unlessRefused(await addDomain({ name, accountId: account.id, keySet, delegated }, admin), {
    conflict: `print its records: relayctl domain show ${name}`,
  });
  const { reader, config } = context;
  const known = await knownRecords(domain, reader, config);
  const records = await recordsToPublish(domain, known, { reader, config });
  const format = recordFormat(context, input.options);
  if (format === 'json') {
    context.printJson(domainJson(domain, await contextOf(context, domain), records));
    return;
  }
  const { paint } = context;
  const keys = keySet === 'rsa' ? ', with one DKIM key, RSA-2048' : '';
  const added = `${paint.good(paint.sign.good)} Added ${paint.bold(name)} to account ${account.name}${keys}.`;
  if (format !== 'text') {
    context.note(added);
    context.print(renderFormat(format, records, context.io.columns));
    return;
  }
  context.print(added);
  context.print('Publish these DNS records; each value is one line:\n\n' + renderRecords(records, paint));
  if (!context.config.hostname.includes('.'))
    context.note(
      `warning: the hostname is "${context.config.hostname}": set one with a domain before you publish SPF`,
    );
  const which = context.global.account === undefined ? '' : ` --account ${account.name}`;
  context.print(`\nThen type: relayctl domain verify ${name}${which}`);
}

function readKeySet(options: Options, domain: string): DkimKeySet {
  if (options.text('dkim') === 'ed25519')
    throw usage(
      `--dkim ed25519 is not possible: ${WHY_NOT_ED25519_ALONE}`,
      `both keys: relayctl domain add ${domain}\nRSA alone: relayctl domain add ${domain} --dkim rsa`,
    );
  return options.choice('dkim', DKIM_KEY_SETS) ?? 'both';
}

function readDelegate(options: Options, zone: string | undefined): boolean {
  const delegated = options.flag('delegate');
  if (delegated && zone === undefined)
    throw usage('there is no zone to delegate to', 'set dkim.zone first: docs/dkim-rotation.md');
  return delegated;
}
