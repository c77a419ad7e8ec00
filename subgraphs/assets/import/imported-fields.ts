/** Fields that an import may write, and the columns of each. */
export const importedFields = {
  TITLE: ['title'],
  DESCRIPTION: ['description'],
  KIND: ['kind'],
  SOURCE_URL: ['sourceUrl'],
  CREATORS: ['creators', 'creator'],
  CLASSIFICATION: ['classification'],
  DEPARTMENT: ['department'],
  MATERIALS: ['materials'],
  CREATION_DATE: ['creationDate'],
  CREATED_EARLIEST: ['createdEarliest'],
  CREATED_LATEST: ['createdLatest'],
  ACQUIRED_ON: ['acquiredOn'],
  ACCESSION_NUMBER: ['accessionNumber'],
  CREDIT_LINE: ['creditLine'],
  PROVENANCE_TEXT: ['provenanceText'],
  TAGS: ['tags'],
  TRAITS: ['traits'],
  DETAILS: ['details'],
  CATEGORY: ['categoryId'],
  STRUCTURE: ['structureType', 'structureVersion', 'structure'],
} as const;
export type ImportedField = keyof typeof importedFields;
export const importedFieldNames = Object.keys(importedFields) as ImportedField[];

/** An edit of a field by hand, so that imports do not change the field. */
export interface HandEdit {
  /** The editor, the owner at the time, and the time. */
  by: string;
  ownerId: string;
  at: string;
  /** The values of the last import. */
  imported: Values;
}
export type HandEdits = Partial<Record<ImportedField, HandEdit>>;
export type Values = Record<string, unknown>;
