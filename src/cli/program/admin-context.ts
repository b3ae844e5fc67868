/** What the operations of admin/ work with when a command calls them: an operator asks, whom nothing binds. */
import type { AdminContext } from '../../admin/admin-context.ts';
import type { CommandContext } from './command-context.ts';

type Admin = Omit<AdminContext, 'box' | 'templateEngine' | 'resolver'>;

/** Makes the store when there is none. */
export async function adminContext(context: CommandContext): Promise<Admin> {
  const writer = await context.writer();
  const { reader, config, services } = context;
  const { clock, random, actor } = services;
  return { ...writer, reader, config, clock, random, actor, holder: undefined };
}

/** For what makes or seals secrets; makes the master key when there is none. */
export async function adminContextWithBox(
  context: CommandContext,
): Promise<Admin & Pick<AdminContext, 'box'>> {
  return { ...(await adminContext(context)), box: await context.services.openSecretBox(context.config) };
}
