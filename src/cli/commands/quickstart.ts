/**
 * `relayctl quickstart`: from nothing to a first delivered message, step by step. Each step looks first and makes only what
 * is missing, so the command is typed again after what a person has to do: publish records, start relayd.
 */
import { refuseOperatorAccount } from '../../admin/tenant.ts';
import { ConfigError } from '../../config/config-error.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { formatMailbox } from '../../smtp/address.ts';
import { OPERATOR_ACCOUNT } from '../../store/operator-account.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { CommandContext } from '../program/command-context.ts';
import { failureOf } from '../program/refusal.ts';
import { ensureAccess } from '../quickstart/access.ts';
import { askForSmartHost } from '../quickstart/smart-host.ts';
import { mayAsk, readAnswers, waitFor, type Answers, type Defaults } from '../quickstart/answers.ts';
import { settleConfiguration } from '../quickstart/configuration.ts';
import { sendFirstMessage, type FirstMessage } from '../quickstart/first-message.ts';
import { lookAtMachine } from '../quickstart/machine.ts';
import { nextSteps, type Journey } from '../quickstart/next-steps.ts';
import { askToReload } from '../quickstart/take-over.ts';
import { awaitRecords, lookUpRecords, zoneBlock } from '../quickstart/records.ts';
import { contextOf } from './domain-show.ts';
import {
  quickstartJson,
  renderAccessStep,
  renderConfiguration,
  renderMachine,
  renderMessage,
  renderNext,
  renderRecordsStep,
} from '../views/quickstart-view.ts';

export const quickstart: CommandSpec = {
  path: 'quickstart',
  summary: 'Set up a new relay, step by step, up to the first delivered message',
  arguments: '<domain>',
  details:
    'Writes the configuration, checks whether mail can leave this machine, adds the domain with its DKIM keys and a ' +
    'credential, prints the DNS records as one block for a zone file, waits for them with --wait, and sends a test message ' +
    'with --to. On a terminal it asks for values without a flag; --yes takes the defaults.\n\n' +
    'It can be repeated: existing domains, keys and credentials are kept. In an existing configuration file nothing that is set ' +
    'is changed; missing lines are shown, and added on confirmation, with --yes or --edit-config. A relayd that runs takes them ' +
    'over at once; none is started. Only resolvers, the mail host of --to and the smart host are contacted.\n\n' +
    'Exits with 1 when mail cannot leave this machine, the records were not found within --wait, or the message was not ' +
    'delivered.',
  options: [
    {
      flags: '--hostname <name>',
      meaning: 'host name of this machine in DNS and EHLO (default: as configured, else mail.DOMAIN)',
    },
    { flags: '--to <address>', meaning: 'recipient of a test message, an address at another provider' },
    { flags: '--from <address>', meaning: 'sender of the test message (default: postmaster@DOMAIN)' },
    {
      flags: '--postmaster <address>',
      meaning: 'receive bounces and complaints on port 25; address for mail to postmaster',
    },
    {
      flags: '--smart-host <host[:port]>',
      meaning: 'hand all mail to this smart host, where port 25 is closed (default: asked for, where it is)',
    },
    { flags: '--smart-host-user <name>', meaning: 'user name at the smart host' },
    { flags: '--smart-host-password-file <file>', meaning: 'file with the password of that user' },
    { flags: '--name <name>', meaning: 'name of the credential (default: DOMAIN)' },
    { flags: '--dkim <keys>', meaning: 'both (the default), or rsa: RSA-2048 alone' },
    { flags: '--wait [duration]', meaning: 'wait for the DNS records (default: 10m)' },
    { flags: '--edit-config', meaning: 'add missing lines to an existing configuration file, as --yes does' },
  ],
  examples: [
    { type: 'quickstart example.org', does: 'with questions' },
    {
      type: 'quickstart example.org --hostname mail.example.org --to you@elsewhere.example --wait 30m --yes',
      does: 'without questions, until the message is delivered',
    },
    {
      type: 'quickstart example.org --smart-host smtp.example.net:587 --smart-host-user me --smart-host-password-file /etc/postern/smart-host.password',
      does: 'where port 25 is closed: by a smart host',
    },
    { type: 'quickstart example.org --json | jq -r .zone', does: 'the DNS records alone' },
  ],
  run,
};

/** Before anything is written. */
function refuseOperator(account: string | undefined): void {
  if (account !== OPERATOR_ACCOUNT.name) return;
  const refusal = refuseOperatorAccount(OPERATOR_ACCOUNT.id, 'domains');
  if (refusal !== undefined) throw failureOf(refusal);
}

async function run(context: CommandContext, input: CommandInput): Promise<void> {
  const { services, global } = context;
  refuseOperator(global.account);
  const say = (text: string) => {
    if (!global.json) context.print(text);
  };
  await using contexts = new AsyncDisposableStack();
  const { answers, configuration, inner, takenOver, before } = await prepare(context, input, {
    say,
    contexts,
  });
  const access = await ensureAccess(inner, answers);
  say(await renderAccessStep(inner, access));
  const first = await lookUpRecords(inner, access.domain);
  const { hostname } = inner.config;
  const zone = zoneBlock(answers.domain, first.records, { ...before, hostname });
  say(renderRecordsStep(inner, first, zone));
  const waitMs = first.outcome === 'verified' ? 0 : await waitFor(inner, answers);
  const records = await awaitRecords(inner, first, waitMs);
  if (records !== first) say(renderRecordsStep(inner, records, ''));
  // The address of this machine may have been among what was published meanwhile.
  const isMended = records !== first && before.deliverability.canDeliver === false;
  const machine = isMended ? await lookAtMachine(inner, answers.to) : before;
  if (isMended) say(renderMachine(inner, machine));
  const test = await messageStep(inner, answers, records.outcome === 'verified');
  if (test !== undefined) say(await renderMessage(inner, test));
  const journey: Journey = { answers, configuration, machine, access, records, zone, test };
  const next = nextSteps(journey, {
    relay: services.runningRelay(inner.config),
    configFile: configuration.file,
    named: global.config !== undefined,
    takenOver,
  });
  context.exitCode = next.failed ? 1 : 0;
  if (global.json)
    context.printJson(quickstartJson(inner, journey, next, await contextOf(inner, access.domain)));
  else say(renderNext(inner, next));
}

interface Voice {
  readonly say: (text: string) => void;
  /** Disposes of contexts when the command ends. */
  readonly contexts: AsyncDisposableStack;
}

/** Questions, configuration and a look at the machine; once more with the smart host where the port turns out to be closed. */
async function prepare(context: CommandContext, input: CommandInput, { say, contexts }: Voice) {
  const { io, services, global } = context;
  const place = services.configFile.locate(global.config);
  const defaults = defaultsOf(context, place, input.arguments[0] ?? '');
  const settle = async (at: typeof place, answers: Answers, mayEdit: boolean) => {
    const { listensForReports } = defaults;
    const configuration = await settleConfiguration(context, at, answers, { mayEdit, listensForReports });
    const inner = contexts.use(new CommandContext(io, services, { ...global, config: configuration.file }));
    const takenOver = configuration.written ? await askToReload(inner, configuration.file) : undefined;
    say(renderConfiguration(inner, configuration, takenOver));
    const before = await lookAtMachine(inner, answers.to);
    say(renderMachine(inner, before));
    return { answers, configuration, inner, takenOver, before };
  };
  const answers = await readAnswers(context, input, defaults);
  const first = await settle(place, answers, input.options.flag('edit-config'));
  if (!first.before.portClosed || answers.smartHost !== undefined || !mayAsk(context)) return first;
  const smartHost = await askForSmartHost(context);
  if (smartHost === undefined) return first;
  // Whoever names one wants it in the file.
  return await settle(services.configFile.locate(first.configuration.file), { ...answers, smartHost }, true);
}

function defaultsOf(
  context: CommandContext,
  { path, text }: { readonly path: string; readonly text: string | undefined },
  domain: string,
): Defaults {
  const loaded = text === undefined ? withoutFile(context) : context.services.loadConfig(path);
  if (loaded === undefined) return { hostname: undefined, postmaster: undefined, listensForReports: false };
  const { config, sources } = loaded;
  const isSet = sources.some(({ key, source }) => key === 'hostname' && source.kind !== 'default');
  // A machine that is named in the domain has its name.
  const isFit = isSet || config.hostname.toLowerCase().endsWith(`.${domain.toLowerCase()}`);
  return {
    hostname: isFit ? config.hostname : undefined,
    postmaster: config.inbound.postmaster && formatMailbox(config.inbound.postmaster),
    listensForReports: config.inbound.listen.length > 0,
  };
}

/** `undefined`: RELAY_CONFIG names the file that is to be made. */
function withoutFile({ services }: CommandContext): LoadedConfig | undefined {
  try {
    return services.loadConfig(undefined);
  } catch (error) {
    if (error instanceof ConfigError && error.problems.every(({ key }) => key === undefined))
      return undefined;
    throw error;
  }
}

async function messageStep(
  context: CommandContext,
  answers: Answers,
  isVerified: boolean,
): Promise<FirstMessage | undefined> {
  const { to } = answers;
  if (to === undefined) return undefined;
  if (!isVerified && context.config.submission.requireVerifiedDomain)
    return { kind: 'not-sent', why: `${answers.domain} is not verified yet` };
  return await sendFirstMessage(context, { ...answers, to });
}
