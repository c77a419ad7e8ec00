import type { CodegenConfig } from '@graphql-codegen/cli';

/**
 * Generates types for the operations of `schema/operations` into `schema/generated` by `npm run codegen`. They are not committed
 * because they derive from the committed schema and operations.
 */
const config: CodegenConfig = {
  schema: 'schema/api.graphql',
  documents: 'schema/operations/**/*.graphql',
  generates: {
    'schema/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        // Scalars as they appear in JSON: money and large numbers are strings, so that no digit is lost.
        scalars: {
          ID: 'string',
          Decimal: 'string',
          BigInt: 'string',
          DateTime: 'string',
          JSON: 'unknown',
        },
        defaultScalarType: 'string',
        strictScalars: false,
        enumsAsTypes: true,
        useTypeImports: true,
        emitLegacyCommonJSImports: false,
        importExtension: '.ts',
      },
    },
  },
  ignoreNoDocuments: true,
  errorsOnly: true,
};

export default config;
