/** `relayctl config check`: what relayd would say about its configuration, without starting it. */
import { endingCertificates, type EndingCertificate } from '../../admin/credentials/certificate.ts';
import { unknownMail } from '../../admin/unknown-mail.ts';
import { visible } from '../../platform/visible-text.ts';
import { certificateProblems, problemLine } from '../../policy/certificate.ts';
import type { ShapingRules } from '../../policy/shaping/shaping-rules.ts';
import { StoreError } from '../../store/errors.ts';
import { lookAtDataKeys } from '../input/data-key-look.ts';
import { dataKeyJson, dataKeyWarnings, type DataKeyView } from '../views/data-key-view.ts';
import { CliFailure } from '../program/cli-failure.ts';
import { fullTime } from '../output/time-words.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandSpec } from '../program/command-spec.ts';

export const configCheck: CommandSpec = {
  path: 'config check',
  summary: 'Check the configuration: file, line, key and accepted values of every fault',
  details:
    'Checks the file, environment, certificate, master key (and what still depends on previous ones) and the files of rules (bounce rules, rules of destinations, feedback sources, blocklists) that relayd would use, and warns of client certificates that end within 14 days. Exit code 1 when ' +
    'relayd would not start. Run as root, it looks at the certificate as the user that owns data_dir.',
  examples: [
    { type: 'config check', does: 'the configuration that relayd would use here' },
    { type: 'config check --config /etc/postern/relay.toml', does: 'a given file' },
    {
      type: 'config check --config new.toml && cp new.toml /etc/postern/relay.toml',
      does: 'before installing it',
    },
  ],
  run: checkConfig,
};

async function checkConfig(context: CommandContext): Promise<void> {
  const { services, config, loaded, nowMs } = context;
  const { file } = loaded;
  const { shaping } = services.readRuleFiles(config);
  const rights = services.rightsWarnings(loaded);
  // A key is made at the first start, not here.
  const keys = services.storeExists(config) ? await keysOf(context) : undefined;
  const certificate = services.certificate(config);
  const problems = certificate === undefined ? [] : certificateProblems(certificate, nowMs);
  const fatal = problems.find(({ refusesStart }) => refusesStart);
  if (fatal !== undefined) throw new CliFailure('certificate', fatal.detail, { hint: fatal.remedy });
  const inStore = services.storeExists(config) ? await warningsOfStore(shaping, context) : [];
  const warnings = [...loaded.warnings, ...rights, ...problems.map(problemLine), ...inStore];
  if (keys !== undefined) warnings.push(...dataKeyWarnings(keys, nowMs));
  if (context.global.json) {
    const dataKey = keys === undefined ? null : dataKeyJson(keys);
    context.printJson({ ok: true, file: file ?? null, warnings, data_key: dataKey });
    return;
  }
  const { paint } = context;
  for (const warning of warnings) context.print(`${paint.warn('warning:')} ${visible(warning)}`);
  const what = file ?? 'there is no file, the defaults';
  context.print(`${paint.good(paint.sign.good)} ${what}${file === undefined ? ' hold' : ' is right'}.`);
}

/** A wrong master key refuses the start. SecretBoxError. */
async function keysOf(context: CommandContext): Promise<DataKeyView | undefined> {
  try {
    return await lookAtDataKeys(context);
  } catch (error) {
    if (error instanceof StoreError) return undefined;
    throw error;
  }
}

/** A store that cannot be read is no fault of the configuration. */
async function warningsOfStore(
  shaping: ShapingRules,
  { reader, nowMs }: CommandContext,
): Promise<readonly string[]> {
  try {
    const ending = await endingCertificates(reader, nowMs);
    return [...(await unknownMail(shaping, reader)), ...ending.map((one) => endingWords(one, nowMs))];
  } catch (error) {
    if (error instanceof StoreError) return [];
    throw error;
  }
}

function endingWords({ id, name, account, atMs }: EndingCertificate, nowMs: number): string {
  const ends = `${atMs <= nowMs ? 'expired' : 'ends'} at ${fullTime(atMs)}`;
  return `the client certificate of credential ${name} of ${account} ${ends}: relayctl credential rotate ${id} --certificate FILE --keep-old 24h`;
}
