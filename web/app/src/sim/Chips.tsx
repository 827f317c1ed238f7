// Quick texts under a phone, and where they are changed.
import { Pencil } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import { useT } from '../i18n/index.ts';
import { Button } from '../parts/index.tsx';
import { Modal } from '../parts/modal.tsx';
import { readChips, useBook, usualChips, writeChips } from './handsets.ts';
import s from './sim.module.css';

export function Chips({ send }: { send: (text: string) => void }) {
  const t = useT();
  const chips = useBook((b) => b.chips) ?? usualChips;
  const [editing, setEditing] = useState(false);
  return (
    <div className={s.quick} role="group" aria-label={t('sim.quick')}>
      {chips.map((c, i) => (
        <Button key={i} title={c.label === c.text ? undefined : c.text} aria-label={c.label === c.text ? undefined : `${c.label}: ${c.text}`} onClick={() => send(c.text)}>
          {c.label}
        </Button>
      ))}
      <Button look="quiet" aria-label={t('sim.chips.edit')} onClick={() => setEditing(true)}>
        <Pencil aria-hidden />
      </Button>
      {editing && <EditChips onClose={() => setEditing(false)} />}
    </div>
  );
}

function EditChips({ onClose }: { onClose: () => void }) {
  const t = useT();
  const [lines, setLines] = useState(() => writeChips(useBook.getState().chips ?? usualChips));
  const submit = (e: FormEvent) => {
    e.preventDefault();
    const chips = readChips(lines);
    useBook.setState({ chips: chips.length > 0 && writeChips(chips) !== writeChips(usualChips) ? chips : null });
    onClose();
  };
  return (
    <Modal opened onClose={onClose} title={t('sim.quick')} size={520} closeButtonProps={{ 'aria-label': t('app.close') }}>
      <form className={s.form} onSubmit={submit}>
        <label htmlFor="sim-chips">{t('sim.chips.label')}</label>
        <textarea id="sim-chips" rows={12} value={lines} onChange={(e) => setLines(e.target.value)} data-autofocus />
        <div className={s.formFoot}>
          <Button size="form" onClick={() => setLines(writeChips(usualChips))}>
            {t('sim.chips.usual')}
          </Button>
          <Button look="primary" size="form" type="submit">
            {t('sim.chips.save')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
