/** Suppressions from and to files. An import says first what it would do, and asks. */
import { useId, useState } from 'preact/hooks';
import type { SuppressionImport } from '../api/answers.ts';
import { FormDialog } from '../components/actions.tsx';
import { Outside } from '../components/basics.tsx';
import { SelectField } from '../components/form.tsx';
import { mayChangeThe } from '../pure/rights.ts';
import { announce } from '../shell/announce.tsx';
import { useAction } from '../shell/action.ts';
import { useSurroundings, useText } from '../shell/context.ts';
import { downloadBlob } from '../shell/download.ts';

const PROVIDERS = ['ses', 'sendgrid', 'postmark', 'mailgun'] as const;
const PATH = 'suppression-files';

export function SuppressionFiles({ onDone }: { readonly onDone: () => void }) {
  const { content: words } = useText();
  const { account } = useSurroundings();
  const [shown, setShown] = useState<'import' | 'export'>();
  const close = () => setShown(undefined);
  return (
    <div class="actions">
      {mayChangeThe('suppressions', account.role) && (
        <button type="button" onClick={() => setShown('import')}>
          {words.importFile}
        </button>
      )}
      <button type="button" onClick={() => setShown('export')}>
        {words.exportFile}
      </button>
      {shown === 'import' && <ImportDialog onClose={close} onDone={onDone} />}
      {shown === 'export' && <ExportDialog onClose={close} />}
    </div>
  );
}

interface DialogProps {
  readonly onClose: () => void;
}

function ImportDialog({ onClose, onDone }: DialogProps & { readonly onDone: () => void }) {
  const { content: words, suppressions } = useText();
  const { api } = useSurroundings();
  const action = useAction();
  const id = useId();
  const [file, setFile] = useState<File>();
  const [format, setFormat] = useState('');
  const [reason, setReason] = useState('');
  const [isMissing, setMissing] = useState(false);
  // What was looked at is what is written: another choice asks for another look.
  const [looked, setLooked] = useState<SuppressionImport>();
  const anew = () => setLooked(undefined);
  const send = (write: 'yes' | 'no', chosen: File) =>
    api.send<SuppressionImport>('POST', PATH, { file: chosen, query: { write, format, reason } });
  const submit = () => {
    setMissing(file === undefined);
    if (file === undefined) return;
    if (looked === undefined) action.run(() => send('no', file), setLooked);
    else
      action.run(
        () => send('yes', file),
        ({ added }) => {
          announce(words.imported(added));
          onDone();
          onClose();
        },
      );
  };
  return (
    <FormDialog
      title={words.importTitle}
      hint={words.importHint}
      submit={looked === undefined ? words.look : words.write(looked.added)}
      action={action}
      fields={[]}
      onSubmit={submit}
      onClose={onClose}
    >
      <div class="field">
        <label for={id}>{words.file}</label>
        <input
          id={id}
          type="file"
          onChange={(event) => {
            setFile(event.currentTarget.files?.[0]);
            anew();
          }}
          {...(isMissing ? { 'aria-invalid': true, 'aria-describedby': `${id}-error` } : {})}
        />
        {isMissing && (
          <p id={`${id}-error`} class="field-error">
            {words.noFile}
          </p>
        )}
      </div>
      <SelectField
        label={words.format}
        value={format}
        onValue={(value) => {
          setFormat(value);
          anew();
        }}
        choices={[
          ['', words.formats.detected],
          ...PROVIDERS.map((one) => [one, words.formats[one]] as const),
        ]}
      />
      <SelectField
        label={suppressions.reason}
        value={reason}
        onValue={(value) => {
          setReason(value);
          anew();
        }}
        choices={[['', suppressions.reasons['import'] ?? 'import'], ...Object.entries(suppressions.reasons)]}
      />
      {looked !== undefined && <Looked looked={looked} />}
    </FormDialog>
  );
}

function Looked({ looked }: { readonly looked: SuppressionImport }) {
  const { content: words } = useText();
  const { added, known, expired, wrong, problems } = looked;
  return (
    <div role="status">
      <p class="notice">{words.found(added, known, expired, wrong)}</p>
      {problems.length > 0 && (
        <details open>
          <summary>{words.wrongLines}</summary>
          <ul>
            {problems.map(({ line, problem }) => (
              <li key={line}>
                {words.lineOf(line)}: <Outside text={problem} most={300} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function ExportDialog({ onClose }: DialogProps) {
  const { content: words } = useText();
  const { api } = useSurroundings();
  const action = useAction();
  const [format, setFormat] = useState('csv');
  const submit = () =>
    action.run(
      () => api.getBlob(PATH, { query: { format } }),
      (blob) => {
        downloadBlob(`suppressions-${format}.${format === 'postmark' ? 'json' : 'csv'}`, blob);
        onClose();
      },
    );
  return (
    <FormDialog
      title={words.exportTitle}
      hint={words.exportHint}
      submit={words.download}
      action={action}
      fields={[]}
      onSubmit={submit}
      onClose={onClose}
    >
      <SelectField
        label={words.format}
        value={format}
        onValue={setFormat}
        choices={(['csv', ...PROVIDERS] as const).map((one) => [one, words.formats[one]])}
      />
    </FormDialog>
  );
}
