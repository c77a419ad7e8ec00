import type { CodegenConfig } from '@graphql-codegen/cli';

/** Types for the operations of these documents, and their texts by SHA-256 in `persisted-documents.json`. */
const operationsOf = (documents: string): CodegenConfig['generates'][string] => ({
  documents,
  preset: 'client',
  presetConfig: { fragmentMasking: false, persistedDocuments: { hashAlgorithm: 'sha256' } },
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
});

/**
 * Generates types for the operations of `schema/operations` into `schema/generated` by `npm run codegen`, and manifests of these and of
 * the operations in `clients/` for TRUSTED_MANIFESTS. They are not committed because they derive from the committed schema and operations.
 */
const config: CodegenConfig = {
  schema: 'schema/api.graphql',
  generates: {
    'schema/generated/': operationsOf('schema/operations/**/*.graphql'),
    // Apart, because clients may name operations alike.
    'schema/generated/console/': operationsOf('clients/console/**/*.ts'),
    'schema/generated/sdk/': operationsOf('clients/sdk/**/*.ts'),
    'schema/generated/loader/': operationsOf('clients/loader/**/*.ts'),
  },
  ignoreNoDocuments: true,
  errorsOnly: true,
};

export default config;
