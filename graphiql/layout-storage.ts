/**
 * Remembers how the page looks and nothing of what is written into it: operations, variables, headers and their history
 * hold passwords and tokens, and go with the page.
 */
const isLayout = (key: string) => /^graphiql:(theme|visiblePlugin|\w+Flex)$/.test(key);

const written = new Map<string, string>();

export const layoutStorage = {
  getItem: (key: string): string | null => (isLayout(key) ? localStorage.getItem(key) : (written.get(key) ?? null)),
  setItem(key: string, value: string): void {
    if (isLayout(key)) localStorage.setItem(key, value);
    else written.set(key, value);
  },
  removeItem(key: string): void {
    localStorage.removeItem(key);
    written.delete(key);
  },
  clear(): void {
    for (const key of Object.keys(localStorage).filter(isLayout)) localStorage.removeItem(key);
    written.clear();
  },
  get length(): number {
    return written.size + Object.keys(localStorage).filter(isLayout).length;
  },
};
