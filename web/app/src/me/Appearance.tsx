import { SelectField } from '../admin/parts/index.tsx';
import { useWords } from '../i18n/index.ts';
import { Segmented } from '../parts/index.tsx';
import { usePrefs } from '../prefs.ts';
import type { Save } from './Me.tsx';
import s from './me.module.css';
import { words } from './words.ts';

export function Appearance({ save }: { save: Save }) {
  const say = useWords(words);
  const { theme, density } = usePrefs();
  return (
    <>
      <div className={s.facts}>
        <div>
          <p className={s.label}>{say('theme')}</p>
          <Segmented
            label={say('theme')}
            value={theme}
            options={(['system', 'light', 'dark'] as const).map((value) => ({ value, label: say(`theme.${value}`) }))}
            onChange={(v) => void save({ preferences: { theme: v } })}
          />
        </div>
        <div>
          <p className={s.label}>{say('density')}</p>
          <Segmented
            label={say('density')}
            value={density}
            options={(['compact', 'comfortable'] as const).map((value) => ({ value, label: say(`density.${value}`) }))}
            onChange={(v) => void save({ preferences: { density: v } })}
          />
        </div>
      </div>
      <p className={s.hint}>{say('contrast')}</p>
    </>
  );
}

// OfferTime asks for more time to answer an offer (spec 6, section 8 item 5).
export function OfferTime({ save }: { save: Save }) {
  const say = useWords(words);
  const time = usePrefs((p) => p.offer_time);
  return (
    <div className={s.one}>
      <SelectField
        label={say('time.label')}
        hint={say('time.hint')}
        value={String(time)}
        options={(['1', '2', '3', '4'] as const).map((value) => ({ value: value as string, label: say(`time.${value}`) }))}
        onChange={(v) => void save({ preferences: { offer_time: Number(v) } })}
      />
    </div>
  );
}
