/** `relayctl operator test`: a test notice by every way to the operator, and what came of each. */
import { visible } from '../../platform/visible-text.ts';
import { CliFailure } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandSpec } from '../program/command-spec.ts';
import { wordsOf } from '../own-checks.ts';
import type { OperatorTestReport } from '../../control/protocol.ts';

export const operatorTest: CommandSpec = {
  path: 'operator test',
  summary: 'Send a test notice by mail, webhook and command, as far as they are configured',
  details:
    'relayd sends it, with the configuration that it has read, as it sends notices of failed checks. The mail goes into ' +
    'the queue: follow it with relayctl message trace. It is not repeated. Exit code 1 when one of the ways failed.',
  examples: [
    { type: 'operator test', does: 'does the operator hear of failed checks?' },
    { type: 'operator test --json', does: 'the same for a script' },
  ],
  run: testWays,
};

async function testWays(context: CommandContext): Promise<void> {
  const ways = await askForTest(context);
  if (ways.length === 0)
    throw new CliFailure('not-configured', 'nobody is told of failed checks', {
      hint: 'set operator.mail, operator.webhook or operator.command in the configuration, and reload relayd (SIGHUP)',
    });
  context.exitCode = ways.every(({ ok }) => ok) ? 0 : 1;
  if (context.global.json) {
    const shown = ways.map((way) => ({ ...way, output: way.output ?? null }));
    context.printJson({ ways: shown });
    return;
  }
  const { paint } = context;
  for (const { way, target, ok, outcome, output } of ways) {
    const sign = ok ? paint.good(paint.sign.good) : paint.bad(paint.sign.bad);
    context.print(`${sign} ${way} ${visible(target)}: ${visible(outcome)}`);
    if (output !== undefined) context.print(`  ${visible(output)}`);
  }
}

async function askForTest({ services, config }: CommandContext): Promise<OperatorTestReport['ways']> {
  const asked = await services.ask(config, { operation: 'operator-test' });
  switch (asked.kind) {
    case 'answered':
      return asked.answer.ways;
    case 'failed':
      throw new CliFailure(asked.error.code, `relayd sent no notice: ${asked.error.message}`);
    case 'unreachable': {
      const down = asked.because === 'left-behind' || services.runningRelay(config) === undefined;
      if (down)
        throw new CliFailure('not-running', 'relayd is not running, and it is relayd that sends notices', {
          hint: 'start it, then try again',
        });
      const { why, remedy } = wordsOf(asked);
      throw new CliFailure('unreachable', `relayd cannot be asked: ${why}`, { hint: remedy });
    }
  }
}
