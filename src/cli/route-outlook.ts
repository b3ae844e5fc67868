/** What would happen to mail to one address (admin/route-outlook.ts), as a command asks for it. */
import { askedDomain, outlookOf, type RouteOutlook } from '../admin/route-outlook.ts';
import { DEFAULT_STREAM, unknownStream } from '../admin/streams.ts';
import { viewRelay } from './own-checks.ts';
import { usage } from './program/cli-failure.ts';
import type { CommandContext } from './program/command-context.ts';
import { unlessRefused } from './program/refusal.ts';

export async function outlookFor(
  context: CommandContext,
  to: string,
  typedStream: string | undefined,
): Promise<RouteOutlook> {
  const { services, config, nowMs } = context;
  const domain = askedDomain(to);
  if (domain === undefined)
    throw usage(`${to} is not an address`, 'type one as alice@example.com, or a domain alone');
  const hasStore = services.storeExists(config);
  const account = hasStore ? await existingAccount(context, typedStream) : undefined;
  return await outlookOf(
    {
      ...{ to, domain, stream: typedStream ?? DEFAULT_STREAM },
      account: account?.name ?? context.global.account ?? 'default',
      accountId: account?.id,
    },
    {
      reader: hasStore ? context.reader : undefined,
      config,
      files: services.readRuleFiles(config),
      resolver: services.createResolver(config),
      random: services.random,
      nowMs,
      checks: async () => {
        const { state, checks } = await viewRelay(context, undefined);
        return state === 'heard' ? checks : [];
      },
    },
  );
}

/** Has the stream, if one was typed. */
async function existingAccount(context: CommandContext, stream: string | undefined) {
  const account = await context.account();
  if (stream !== undefined) {
    const refusal = await unknownStream(account.id, stream, context.reader);
    if (refusal !== undefined) unlessRefused(refusal);
  }
  return account;
}
