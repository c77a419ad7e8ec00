/**
 * The first import of every program of ours. Loading the packages takes most of a start: their compiled code is kept between
 * starts (below the system's temporary folder), and the source maps of others are not read. Together that is a third.
 */
import { enableCompileCache, setSourceMapsSupport } from 'node:module';

enableCompileCache();
setSourceMapsSupport(true, { nodeModules: false });
