/** Fictitious people are made of these. */
// prettier-ignore
export const FIRST_NAMES = [
  'Amara', 'Daniel', 'Priya', 'Sofia', 'Marcus', 'Elena', 'Jonas', 'Grace', 'Mateo', 'Hannah', 'Omar', 'Lucia',
  'Theo', 'Naomi', 'Felix', 'Ingrid', 'Samir', 'Clara', 'Victor', 'Leila', 'Oscar', 'Mina', 'Hugo', 'Tessa',
  'Andre', 'Yuki', 'Bianca', 'Noah', 'Farah', 'Simon', 'Ruth', 'Diego',
] as const;

// prettier-ignore
export const LAST_NAMES = [
  'Okafor', 'Whitfield', 'Raman', 'Lindqvist', 'Bell', 'Castellano', 'Meyer', 'Tanaka', 'Alvarez', 'Novak', 'Haddad',
  'Brennan', 'Kowalski', 'Adeyemi', 'Forsyth', 'Delgado', 'Nguyen', 'Abbott', 'Petrov', 'Sinclair', 'Moreau',
  'Osei', 'Larsen', 'Figueroa', 'Hale', 'Ivanova', 'Marsh', 'Qureshi', 'Rossi', 'Stone', 'Vance', 'Wexler',
] as const;
