/** Whose failed logins are meant, and what the running relayd says of them. */
import { readLoginAddress } from '../../admin/logins.ts';
import { isRefusal } from '../../admin/refusal.ts';
import type { ControlAnswers, RequestOf } from '../../control/protocol.ts';
import { wordsOf } from '../own-checks.ts';
import { CliFailure } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { Options } from '../program/options.ts';
import { failureOf } from '../program/refusal.ts';

export interface AskedLogin {
  /** Normalized. */
  readonly address: string | undefined;
  readonly user: string | undefined;
}

export function readLogin(options: Options): AskedLogin {
  const typed = options.text('address');
  const address = typed === undefined ? undefined : readLoginAddress(typed);
  if (typeof address === 'object' && isRefusal(address)) throw failureOf(address);
  return { address, user: options.text('user') };
}

/** `undefined`: relayd does not run here. Throws CliFailure where it runs and cannot be asked. */
export async function askedLogins<Name extends 'logins' | 'login-clear'>(
  { services, config }: Pick<CommandContext, 'services' | 'config'>,
  request: RequestOf<Name>,
): Promise<ControlAnswers[Name] | undefined> {
  const asked = await services.ask<Name>(config, request);
  switch (asked.kind) {
    case 'answered':
      return asked.answer;
    case 'failed':
      throw new CliFailure(asked.error.code, `relayd: ${asked.error.message}`);
    case 'unreachable': {
      if (asked.because === 'left-behind' || services.runningRelay(config) === undefined) return undefined;
      const { why, remedy } = wordsOf(asked);
      throw new CliFailure('unreachable', `relayd cannot be asked: ${why}`, { hint: remedy });
    }
  }
}
