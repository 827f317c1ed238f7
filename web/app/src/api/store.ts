// What must outlive a reload, per signed-in user, in IndexedDB: drafts, texts not sent yet, and how far was read.

// A shortcut as it was inserted.
export interface Inserted {
  id: number;
  text: string;
}

export interface Draft {
  text: string;
  caret: number;
  inserted?: readonly Inserted[];
}

export interface Unsent {
  client_id: string;
  chat_id: number;
  text: string;
  media?: number[]; // uploaded files
  shortcuts?: number[]; // with which it was written
  at: string;
  refused?: { code: string; message: string };
}

export interface Shelf {
  drafts(): Promise<Map<number, Draft>>;
  saveDraft(chat: number, draft: Draft): Promise<void>;
  unsent(): Promise<Unsent[]>;
  saveUnsent(text: Unsent): Promise<void>;
  dropUnsent(clientId: string): Promise<void>;
  reads(): Promise<Map<number, number>>;
  saveRead(chat: number, seq: number): Promise<void>;
}

// openShelf opens the user's own shelf: two people at one browser never see each other's drafts.
export async function openShelf(tenant: string, user: number, factory: IDBFactory = indexedDB): Promise<Shelf> {
  const db = await open(factory, `sidetone/${tenant}/${user}`);
  const put = (store: string, key: IDBValidKey, value: unknown) => done(write(db, store).put(value, key));
  const drop = (store: string, key: IDBValidKey) => done(write(db, store).delete(key));
  return {
    drafts: () => entries<Draft>(db, 'drafts'),
    saveDraft: (chat, draft) => (draft.text === '' ? drop('drafts', chat) : put('drafts', chat, draft)),
    unsent: async () => [...(await entries<Unsent>(db, 'unsent')).values()].sort((a, b) => a.at.localeCompare(b.at)),
    saveUnsent: (text) => put('unsent', text.client_id, text),
    dropUnsent: (clientId) => drop('unsent', clientId),
    reads: () => entries<number>(db, 'reads'),
    saveRead: (chat, seq) => put('reads', chat, seq),
  };
}

function open(factory: IDBFactory, name: string): Promise<IDBDatabase> {
  const request = factory.open(name, 1);
  request.onupgradeneeded = () => {
    for (const store of ['drafts', 'unsent', 'reads']) request.result.createObjectStore(store);
  };
  return result(request);
}

function write(db: IDBDatabase, store: string): IDBObjectStore {
  return db.transaction(store, 'readwrite').objectStore(store);
}

async function entries<T>(db: IDBDatabase, store: string): Promise<Map<number, T>> {
  const shelf = db.transaction(store).objectStore(store);
  const [keys, values] = await Promise.all([result(shelf.getAllKeys()), result(shelf.getAll())]);
  return new Map(keys.map((k, i) => [k as number, values[i] as T]));
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the browser refused to store'));
  });
}

async function done(request: IDBRequest): Promise<void> {
  await result(request);
}

// memoryShelf serves browsers that refuse IndexedDB (private windows of some): nothing outlives the tab.
export function memoryShelf(): Shelf {
  const drafts = new Map<number, Draft>();
  const unsent = new Map<string, Unsent>();
  const reads = new Map<number, number>();
  return {
    drafts: async () => new Map(drafts),
    saveDraft: async (chat, draft) => void (draft.text === '' ? drafts.delete(chat) : drafts.set(chat, draft)),
    unsent: async () => [...unsent.values()],
    saveUnsent: async (text) => void unsent.set(text.client_id, text),
    dropUnsent: async (clientId) => void unsent.delete(clientId),
    reads: async () => new Map(reads),
    saveRead: async (chat, seq) => void reads.set(chat, seq),
  };
}
