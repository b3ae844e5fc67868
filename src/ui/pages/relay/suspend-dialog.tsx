/** Until when a source or a destination is suspended, and why. */
import { useState } from 'preact/hooks';
import { FormDialog } from '../../components/actions.tsx';
import { Field } from '../../components/form.tsx';
import { utcOfLocal } from '../../pure/query.ts';
import { useAction } from '../../shell/action.ts';
import { announce } from '../../shell/announce.tsx';
import { useApi, useText } from '../../shell/context.ts';

export function SuspendDialog(props: {
  readonly name: string;
  /** After `/ui/api/`. */
  readonly path: string;
  readonly hint: string;
  /** What is said when it is done. */
  readonly done: string;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const { routing: words } = useText();
  const api = useApi();
  const [until, setUntil] = useState('');
  const [reason, setReason] = useState('');
  const action = useAction();
  const suspend = () => {
    const body = {
      ...(until === '' ? {} : { until: utcOfLocal(until) }),
      ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
    };
    action.run(
      () => api.send('POST', `${props.path}/suspend`, { body }),
      () => {
        announce(props.done);
        props.onClose();
        props.onDone();
      },
    );
  };
  return (
    <FormDialog
      title={words.suspendOf(props.name)}
      hint={props.hint}
      submit={words.suspend}
      action={action}
      fields={['until', 'reason']}
      onSubmit={suspend}
      onClose={props.onClose}
    >
      <Field
        name="until"
        label={words.untilField}
        type="datetime-local"
        value={until}
        onValue={setUntil}
        error={action.failure?.of('until')}
      />
      <Field
        name="reason"
        label={words.reasonField}
        value={reason}
        onValue={setReason}
        maxLength={200}
        error={action.failure?.of('reason')}
      />
    </FormDialog>
  );
}
