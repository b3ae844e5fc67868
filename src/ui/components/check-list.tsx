/** Checks of the relay, each with its level, what was found and what to do. */
import type { Overview } from '../api/answers.ts';
import { useText } from '../shell/context.ts';
import { Badge, Outside } from './basics.tsx';

const LEVELS = {
  ok: { tone: 'good', sign: '✓' },
  warning: { tone: 'warn', sign: '!' },
  failing: { tone: 'bad', sign: '✕' },
} as const;

export function CheckList({ checks }: Pick<Overview, 'checks'>) {
  const { overview: words } = useText();
  return (
    <ul class="rules">
      {checks.map(({ name, level, detail, remedy }) => (
        <li key={name}>
          <p>
            <Badge {...LEVELS[level]}>{words.levels[level]}</Badge>{' '}
            <strong>
              <Outside text={name} most={200} />
            </strong>
          </p>
          <p>
            <Outside text={detail} />
          </p>
          {remedy !== '' && (
            <p>
              {words.remedy}: <Outside text={remedy} />
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}
