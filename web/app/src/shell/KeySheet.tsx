// The ? sheet: every key of the registry.
import { Modal } from '@mantine/core';
import { useT } from '../i18n/index.ts';
import '../i18n/keyWords.ts';
import { bindings, binding, keyIds, type Scope } from '../keys/registry.ts';
import { Kbd } from '../parts/index.tsx';
import { useUi } from '../ui.ts';
import s from './shell.module.css';

const scopes: Scope[] = ['everywhere', 'desk', 'composer', 'monitor', 'admin', 'simulator'];

export default function KeySheet() {
  const t = useT();
  return (
    <Modal opened onClose={() => useUi.setState({ keysOpen: false })} title={t('keys.title')} size={1060} closeButtonProps={{ 'aria-label': t('app.close') }}>
      <div className={s.keySheet}>
        {scopes.map((scope) => (
          <section key={scope}>
            <h3>{t(`keys.scope.${scope}`)}</h3>
            <ul>
              {keyIds
                .filter((id) => binding(id).scope === scope)
                .map((id) => (
                  <li key={id}>
                    <span>{t(bindings[id].label)}</span>
                    <span className={s.caps}>
                      {bindings[id].combos.map((c) => (
                        <Kbd key={c} combo={c} />
                      ))}
                    </span>
                  </li>
                ))}
            </ul>
          </section>
        ))}
      </div>
      <p className={s.note}>{t('keys.note')}</p>
    </Modal>
  );
}
