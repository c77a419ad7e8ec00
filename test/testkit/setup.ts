import { recordProofs } from './proofs.ts';

// Runs before each test file, in the worker that runs it.
recordProofs();
