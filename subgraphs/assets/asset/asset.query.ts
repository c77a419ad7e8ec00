export { assets } from './asset.noun.ts';
