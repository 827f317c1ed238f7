// The words of dialogs, panels and pages that are loaded on demand.
import { learn } from './index.ts';

export const laterWords = {
  'password.title': ['Change your password', 'Cambie su contraseña'],
  'password.due.title': ['Choose your own password', 'Elija su propia contraseña'],
  'password.due.text': ['Somebody else gave you the password you signed in with. Choose one that only you know; then your desk opens.', 'Otra persona le dio la contraseña con la que entró. Elija una que solo usted conozca; después se abre su escritorio.'],
  'password.old': ['Present password', 'Contraseña actual'],
  'password.new': ['New password', 'Contraseña nueva'],
  'password.hint': ['8 characters or more. Spaces are allowed.', '8 caracteres o más. Se permiten espacios.'],
  'password.show': ['Show the passwords', 'Mostrar las contraseñas'],
  'password.save': ['Change password', 'Cambiar contraseña'],
  'password.saving': ['Changing', 'Cambiando'],
  'password.short': ['The new password needs 8 characters or more.', 'La contraseña nueva necesita 8 caracteres o más.'],
  'password.same': ['The new password is the old one. Choose another.', 'La contraseña nueva es la misma. Elija otra.'],
  'password.wrong': ['The present password is wrong.', 'La contraseña actual no es correcta.'],
  'password.done': ['Password changed. Other sessions have ended.', 'Contraseña cambiada. Las demás sesiones terminaron.'],

  'suggest.shortcut': ['Shortcuts matching "/{query}"', 'Atajos que coinciden con "/{query}"'],
  'suggest.category': ['Categories matching "#{query}"', 'Categorías que coinciden con "#{query}"'],
  'suggest.attribute': ['Names to insert', 'Nombres para insertar'],
  'suggest.of': ['Shortcuts in {category}', 'Atajos de {category}'],
  'suggest.inCategory': ['{n} shortcut | {n} shortcuts', '{n} atajo | {n} atajos'],
  'suggest.segments': ['{n} seg', '{n} seg'],
  'suggest.found': ['{n} to choose from | {n} to choose from', '{n} para elegir | {n} para elegir'],
  'suggest.keys': ['↑ ↓ choose · Enter insert · Esc close', '↑ ↓ elegir · Enter insertar · Esc cerrar'],
  'suggest.failed': ['The shortcuts did not load.', 'Los atajos no cargaron.'],
  'suggest.none.shortcut': ['No shortcuts for this chat yet. A manager can add them.', 'Aún no hay atajos para este chat. Un gerente puede añadirlos.'],
  'suggest.none.category': ['No shortcut has a category yet.', 'Ningún atajo tiene categoría todavía.'],
  'suggest.none.attribute': ['Nothing to insert here.', 'No hay nada que insertar aquí.'],
  'attribute.CUSTOMER_NAME': ['Customer', 'Cliente'],
  'attribute.AGENT_NAME': ['Your name', 'Su nombre'],
  'attribute.QUEUE_NAME': ['Queue', 'Cola'],
  'attribute.COMPANY_NAME': ['Company', 'Empresa'],
} as const satisfies Record<string, readonly [string, string]>;

learn(laterWords);
