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

/** That a field was set by hand, so that imports leave it as it is. */
export interface HandEdit {
  /** Who did it, for whom the asset was then, and when. */
  by: string;
  ownerId: string;
  at: string;
  /** What the import says of it: as it was, and as later imports brought it. */
  imported: Values;
}
export type HandEdits = Partial<Record<ImportedField, HandEdit>>;
export type Values = Record<string, unknown>;
