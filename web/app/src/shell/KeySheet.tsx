// The ? sheet: every key of the registry.
import { Link } from '@tanstack/react-router';
import { useT } from '../i18n/index.ts';
import '../i18n/keyWords.ts';
import { bindings, binding, combosOf, keyIds, type Scope } from '../keys/registry.ts';
import { Kbd } from '../parts/index.tsx';
import { Modal } from '../parts/modal.tsx';
import { usePrefs } from '../prefs.ts';
import { useUi } from '../ui.ts';
import s from './shell.module.css';

const scopes: Scope[] = ['everywhere', 'desk', 'composer', 'monitor', 'admin', 'simulator'];

const close = () => useUi.setState({ keysOpen: false });

export default function KeySheet() {
  const t = useT();
  return (
    <Modal opened onClose={close} title={t('keys.title')} size={1060} closeButtonProps={{ 'aria-label': t('app.close') }}>
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
                      {combosOf(id).map((c) => (
                        <Kbd key={c} combo={c} />
                      ))}
                    </span>
                  </li>
                ))}
            </ul>
          </section>
        ))}
      </div>
      <p className={s.note}>
        {t(usePrefs.getState().single_keys ? 'keys.note' : 'keys.noteOff')}{' '}
        <Link to="/me" hash="keys" onClick={close}>
          {t('keys.edit')}
        </Link>
      </p>
    </Modal>
  );
}
