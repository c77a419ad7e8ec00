import '../platform/config/quick-start.ts';

// Imported after the settings above hold; a plain import would be loaded before them.
await import('./main.ts');
