/** Suppresses an address by hand; what the API says of a field stands at that field. */
import { useState } from 'preact/hooks';
import type { ApiFailure } from '../api/failure.ts';
import type { Suppression } from '../api/answers.ts';
import { Failure } from '../components/basics.tsx';
import { Dialog, Field } from '../components/form.tsx';
import { visibleText } from '../pure/visible-text.ts';
import { announce } from '../shell/announce.tsx';
import { useApi, useText } from '../shell/context.ts';
import { asFailure } from '../shell/load.ts';

export function AddSuppression({
  onClose,
  onDone,
}: {
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const { suppressions: words, dialog } = useText();
  const api = useApi();
  const [address, setAddress] = useState('');
  const [stream, setStream] = useState('');
  const [note, setNote] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const submit = (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure(undefined);
    const body = { address, note, ...(stream.trim() === '' ? {} : { stream: stream.trim() }) };
    api.send<Suppression>('POST', 'v1/suppressions', { body }).then(
      (added) => {
        announce(words.added(visibleText(added.address)));
        onDone();
        onClose();
      },
      (error: unknown) => {
        setBusy(false);
        setFailure(asFailure(error));
      },
    );
  };
  const of = (name: string) => failure?.of(name) ?? '';
  const isAtField = ['address', 'stream', 'note'].some((name) => of(name) !== '');
  return (
    <Dialog title={words.addTitle} onClose={onClose}>
      <p class="quiet">{words.addHint}</p>
      {failure !== undefined && !isAtField && <Failure failure={failure} />}
      <form onSubmit={submit}>
        <Field
          label={words.address}
          name="address"
          required
          autocomplete="off"
          spellcheck={false}
          value={address}
          onValue={setAddress}
          error={of('address')}
        />
        <Field
          label={words.stream}
          name="stream"
          autocomplete="off"
          spellcheck={false}
          value={stream}
          onValue={setStream}
          error={of('stream')}
        />
        <Field
          label={words.note}
          name="note"
          autocomplete="off"
          value={note}
          onValue={setNote}
          error={of('note')}
        />
        <div class="actions">
          <button type="button" onClick={onClose}>
            {dialog.cancel}
          </button>
          <button type="submit" class="primary" aria-disabled={busy}>
            {words.add}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
