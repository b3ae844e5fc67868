/** Every key of the configuration: the value in force, where it comes from, and what waits for a restart. */
import { useId, useState } from 'preact/hooks';
import type { Setting, Settings } from '../../api/answers.ts';
import { Badge, EmptyState, Failure, Outside } from '../../components/basics.tsx';
import { countWords } from '../../pure/format.ts';
import { useApi, useLanguage, useText } from '../../shell/context.ts';
import { useLoad } from '../../shell/load.ts';
import { PageTitle } from '../../shell/page-title.tsx';

export function SettingsPage() {
  const { pages, settings: words } = useText();
  const api = useApi();
  const { value, failure, reload } = useLoad('settings', (signal) =>
    api.get<Settings>('operation/settings', { signal }),
  );
  return (
    <>
      <PageTitle title={pages.settings} />
      <p class="quiet">{words.hint}</p>
      {failure !== undefined && <Failure failure={failure} onAgain={reload} />}
      {value !== undefined && (
        <>
          <p>{value.file === null ? words.noFile : <Outside text={words.file(value.file)} />}</p>
          <SettingList settings={value.settings} />
        </>
      )}
    </>
  );
}

function SettingList({ settings }: { readonly settings: readonly Setting[] }) {
  const { settings: words, filters } = useText();
  const language = useLanguage();
  const id = useId();
  const [typed, setTyped] = useState('');
  const [changedOnly, setChangedOnly] = useState(false);
  const wanted = typed.trim().toLowerCase();
  const shown = settings.filter(
    ({ key, value, source }) =>
      (!changedOnly || source !== 'default') &&
      [key, value, source].some((text) => text.toLowerCase().includes(wanted)),
  );
  return (
    <>
      <form
        class="filters"
        role="search"
        aria-label={filters.label}
        onSubmit={(event) => event.preventDefault()}
      >
        <div class="filter-row">
          <div class="field grows">
            <label for={id}>{words.search}</label>
            <input
              id={id}
              type="search"
              value={typed}
              placeholder={words.searchHint}
              autocomplete="off"
              spellcheck={false}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
          </div>
          <label class="checkbox">
            <input
              type="checkbox"
              checked={changedOnly}
              onChange={(event) => setChangedOnly(event.currentTarget.checked)}
            />
            {words.changedOnly}
          </label>
        </div>
      </form>
      <p class="table-foot" role="status">
        {words.count(countWords(shown.length, language))}
      </p>
      {shown.length === 0 ? (
        <EmptyState title={words.none} />
      ) : (
        <ul class="rules">
          {shown.map((setting) => (
            <SettingLine key={setting.key} setting={setting} />
          ))}
        </ul>
      )}
    </>
  );
}

function SettingLine({
  setting: { key, value, source, accepted, ...setting },
}: {
  readonly setting: Setting;
}) {
  const { settings: words } = useText();
  return (
    <li>
      <p class="outside">
        <code>{key}</code> = <Outside text={value} />
      </p>
      {setting.waiting !== null && (
        <p>
          <Badge tone="warn" sign="!">
            {words.restart}
          </Badge>{' '}
          <Outside text={words.waiting(setting.waiting)} />
        </p>
      )}
      {setting.no_effect !== null && (
        <p>
          <Badge tone="warn" sign="!">
            {words.noEffect}
          </Badge>{' '}
          <Outside text={setting.no_effect} />
        </p>
      )}
      <p class="quiet outside">
        {words.from}: {source === 'default' ? words.isDefault : <Outside text={source} />} · {words.accepts}:{' '}
        <Outside text={accepted} />
        {setting.needs_restart && setting.waiting === null ? ` · ${words.restart}` : ''}
      </p>
    </li>
  );
}
