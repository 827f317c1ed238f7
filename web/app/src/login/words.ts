// The login page's words about signing in at a company's own provider.
export const words = {
  'or': ['or', 'o'],
  'going': ['Going to your provider', 'Yendo a su proveedor'],
  'password': ['Administrators: use a password', 'Administradores: usar una contraseña'],
  'elsewhere': ['Your company signs in with the button above; passwords are for administrators.', 'Su empresa inicia sesión con el botón de arriba; las contraseñas son para administradores.'],
  'problem.again': ['That took too long, or came from another window. Nothing was changed; sign in again.', 'Tardó demasiado o vino de otra ventana. No se cambió nada; inicie sesión de nuevo.'],
  'problem.denied': ['Your provider did not let you in. Sign in again, or ask an administrator.', 'Su proveedor no le dejó entrar. Inicie sesión de nuevo o pregunte a un administrador.'],
  'problem.provider': ['Your provider did not answer as it should. Try again; if it goes on, ask an administrator.', 'Su proveedor no respondió como debía. Intente de nuevo; si continúa, pregunte a un administrador.'],
  'problem.unverified': ['Your provider has not confirmed your email address. Confirm it there, then sign in again.', 'Su proveedor no ha confirmado su correo electrónico. Confírmelo allí e inicie sesión de nuevo.'],
  'problem.refused': ['You are signed in at your provider, but you have no account here. Ask an administrator.', 'Inició sesión en su proveedor, pero no tiene una cuenta aquí. Pregunte a un administrador.'],
  'problem.failed': ['Signing in failed on our side. Try again in a moment.', 'El inicio de sesión falló de nuestro lado. Intente de nuevo en un momento.'],
  'many': ['Too many failed attempts. Try again in {n} second. | Too many failed attempts. Try again in {n} seconds.', 'Demasiados intentos fallidos. Intente de nuevo en {n} segundo. | Demasiados intentos fallidos. Intente de nuevo en {n} segundos.'],
  'many.network': ['Too many failed attempts from your network. Try again in a quarter of an hour.', 'Demasiados intentos fallidos desde su red. Intente de nuevo en un cuarto de hora.'],
} as const satisfies Record<string, readonly [string, string]>;
