// The tenant's settings: in groups, searched, several saved at once (spec 6, 4.6).
import { useWords } from '../../i18n/index.ts';
import { EmptyState, ErrorState, Button } from '../../parts/index.tsx';
import { useFilters } from '../parts/filters.ts';
import { Filter, Page, PageSkeleton } from '../parts/index.tsx';
import { ReadOnly } from '../parts/ReadOnly.tsx';
import { useMayChange } from '../place.ts';
import { words as shared } from '../words.ts';
import { Row } from './Row.tsx';
import { SaveSettings } from './SaveSettings.tsx';
import { groups, type Setting } from './setting.ts';
import s from './settings.module.css';
import { useNames } from './useNames.ts';
import { useSettings } from './useSettings.ts';
import { words } from './words.ts';

const elsewhere = ['hours', 'text']; // kinds with a page of their own

export default function Settings() {
  const say = useWords(words);
  const base = useWords(shared);
  const { nameOf, docOf } = useNames();
  const locked = !useMayChange();
  const settings = useSettings();
  const filters = useFilters('q');
  const query = filters.value.q;

  if (!settings.all) return settings.error ? <ErrorState title={say('failed')} error={settings.error} retry={settings.reload} /> : <PageSkeleton />;
  const fits = (x: Setting) => query.trim() === '' || plain(`${nameOf(x.key)} ${docOf(x)} ${x.key}`).includes(plain(query.trim()));
  const here = settings.all.filter((x) => !elsewhere.includes(x.kind) && fits(x));
  const named = groups.flatMap((g) => g.keys);
  const sections = [
    ...groups.map((g) => ({ id: g.id, title: say(`group.${g.id}`), about: say(`group.${g.id}.about`), rows: g.keys.flatMap((k) => here.filter((x) => x.key === k)) })),
    { id: 'rest', title: say('group.rest'), about: '', rows: here.filter((x) => !named.includes(x.key)) },
  ].filter((x) => x.rows.length > 0);

  return (
    <Page
      title={base('nav.settings')}
      about={say('about')}
      tools={<Filter label={say('search')} value={query} onChange={(v) => filters.set('q', v)} />}
      foot={<SaveSettings settings={settings} />}
    >
      {locked && <ReadOnly />}
      {sections.length === 0 && (
        <EmptyState title={base('filter.none', { query })}>
          <Button onClick={filters.clear}>{base('filter.clear')}</Button>
        </EmptyState>
      )}
      {sections.map((x) => (
        <section key={x.id} className={s.section} aria-labelledby={`group-${x.id}`}>
          <header>
            <h2 id={`group-${x.id}`}>{x.title}</h2>
            <p>{x.about}</p>
          </header>
          <div className={s.rows}>
            {x.rows.map((row) => (
              <Row key={row.key} of={row} settings={settings} locked={locked} />
            ))}
          </div>
        </section>
      ))}
    </Page>
  );
}

// plain drops case and accents, so that "espera" finds "Espera" and "limite" finds "Límite".
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
