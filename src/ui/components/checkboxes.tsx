/** Several of a set, each with a box of its own, and one box alone. */
import { useId } from 'preact/hooks';

interface CheckboxesProps {
  readonly legend: string;
  readonly choices: readonly (readonly [value: string, label: string])[];
  readonly values: readonly string[];
  readonly onValues: (values: readonly string[]) => void;
  /** Empty: none. */
  readonly error: string;
}

export function Checkboxes({ legend, choices, values, onValues, error }: CheckboxesProps) {
  const id = useId();
  return (
    <fieldset class="checkboxes" {...(error === '' ? {} : { 'aria-describedby': id })}>
      <legend>{legend}</legend>
      {choices.map(([value, label]) => (
        <Checkbox
          key={value}
          label={label}
          checked={values.includes(value)}
          onChecked={(checked) =>
            onValues(checked ? [...values, value] : values.filter((one) => one !== value))
          }
        />
      ))}
      {error !== '' && (
        <p id={id} class="field-error">
          {error}
        </p>
      )}
    </fieldset>
  );
}

export function Checkbox(props: {
  readonly label: string;
  readonly checked: boolean;
  readonly onChecked: (checked: boolean) => void;
}) {
  return (
    <label class="checkbox">
      <input
        type="checkbox"
        checked={props.checked}
        onChange={(event) => props.onChecked(event.currentTarget.checked)}
      />
      <span>{props.label}</span>
    </label>
  );
}
