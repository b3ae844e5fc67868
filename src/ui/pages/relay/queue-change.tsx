/** Holds, releases, retries or cancels what waits for a destination, after it was counted and asked about. */
import type { QueuePreview } from '../../api/answers.ts';
import { ConfirmedButton } from '../../components/actions.tsx';
import { Failure, Outside } from '../../components/basics.tsx';
import { countWords } from '../../pure/format.ts';
import { announce } from '../../shell/announce.tsx';
import { useApi, useLanguage, useText } from '../../shell/context.ts';
import { useLoad } from '../../shell/load.ts';

interface QueueChangeProps {
  readonly change: 'retry' | 'hold' | 'release' | 'cancel';
  /** After `/ui/api/`. */
  readonly path: string;
  readonly onDone: () => void;
}

export function QueueChangeButton({ change, path, onDone }: QueueChangeProps) {
  const { queue } = useText();
  const words = queue.changes[change];
  const api = useApi();
  const language = useLanguage();
  return (
    <ConfirmedButton
      label={words.label}
      title={words.title}
      run={() => api.send<{ readonly changed: number }>('POST', `${path}/change`, { body: { change } })}
      onDone={({ changed }) => {
        announce(words.done(countWords(changed, language)));
        onDone();
      }}
    >
      <Meant path={path} change={change} />
    </ConfirmedButton>
  );
}

/** How much it is, counted when it is asked. */
function Meant({ path, change }: Pick<QueueChangeProps, 'path' | 'change'>) {
  const { queue: words } = useText();
  const api = useApi();
  const language = useLanguage();
  const { value, failure, reload } = useLoad(`${path} ${change}`, (signal) =>
    api.get<QueuePreview>(`${path}/preview`, { query: { change }, signal }),
  );
  if (failure !== undefined) return <Failure failure={failure} onAgain={reload} />;
  if (value === undefined) return <p>{words.counting}</p>;
  const count = (number: number) => countWords(number, language);
  return (
    <>
      <p>{words.meant(count(value.deliveries), count(value.messages))}</p>
      {value.in_progress > 0 && <p>{words.inProgress(count(value.in_progress))}</p>}
      <ul>
        {value.accounts.map(({ name, deliveries }) => (
          <li key={name}>
            <Outside text={words.ofAccount(name)} most={100} />: {count(deliveries)}
          </li>
        ))}
      </ul>
    </>
  );
}
