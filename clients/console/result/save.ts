const TYPES = { csv: 'text/csv;charset=utf-8', json: 'application/json', svg: 'image/svg+xml' } as const;

/** Downloads a text as a file. */
export function saveText(name: string, kind: keyof typeof TYPES, text: string): void {
  saveBlob(name, kind, new Blob([text], { type: TYPES[kind] }));
}

/** Downloads a blob as a file. */
export function saveBlob(name: string, ending: string, blob: Blob): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = `${fileName(name)}.${ending}`;
  link.click();
  // The download holds the data itself once it has started, which is after this task.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** The name with a timestamp, and without characters that file systems refuse. */
export function fileName(name: string, at = new Date()): string {
  const time = at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  return `${name.replaceAll(/[^\w.-]+/g, '-').slice(0, 80) || 'result'}-${time}`;
}
