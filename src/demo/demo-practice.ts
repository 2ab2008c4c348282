/** What the demo practice is made of. Every name, address and number is invented. */

export const LOCATION = {
  name: 'Lakeview',
  addressLine1: '100 Harbor Street',
  addressLine2: 'Suite 2',
  city: 'Chicago',
  region: 'IL',
  postalCode: '60601',
  country: 'US',
  phone: '+13125550100',
  email: 'hello@lakeview.example',
  zone: 'America/Chicago',
  active: true,
  order: 0,
};

export const HOURS = [1, 2, 3, 4, 5].flatMap((weekday) => [
  { weekday, start: '08:00', end: '12:00' },
  { weekday, start: '13:00', end: weekday === 5 ? '15:00' : '17:00' },
]);

export const OPERATORIES = [
  { name: 'Operatory 1', shortName: 'OP1' },
  { name: 'Operatory 2', shortName: 'OP2' },
  { name: 'Operatory 3', shortName: 'OP3' },
  { name: 'Hygiene 1', shortName: 'HY1', hygiene: true },
  { name: 'Hygiene 2', shortName: 'HY2', hygiene: true },
];

export const PROVIDERS = [
  {
    displayName: 'Dr. Maya Okafor',
    firstName: 'Maya',
    lastName: 'Okafor',
    title: 'DDS',
    email: 'maya@lakeview.example',
    role: 'dentist' as const,
    bio: 'General and cosmetic dentistry, and a calm hand with anxious patients.',
    color: '#0f766e',
    rooms: [0, 1],
  },
  {
    displayName: 'Dr. Jonas Weber',
    firstName: 'Jonas',
    lastName: 'Weber',
    title: 'DMD',
    email: 'jonas@lakeview.example',
    role: 'specialist' as const,
    specialty: 'Endodontics',
    color: '#1d4ed8',
    rooms: [1, 2],
  },
  {
    displayName: 'Priya Nair, RDH',
    firstName: 'Priya',
    lastName: 'Nair',
    email: 'priya@lakeview.example',
    role: 'hygienist' as const,
    color: '#b45309',
    rooms: [3, 4],
  },
  {
    displayName: 'Tom Alvarez, RDH',
    firstName: 'Tom',
    lastName: 'Alvarez',
    email: 'tom@lakeview.example',
    role: 'hygienist' as const,
    color: '#7c3aed',
    rooms: [3, 4],
  },
];

export const REASONS = [
  {
    name: 'New patient exam and X-rays',
    description: 'A first visit: examination, X-rays and a plan.',
    pattern: 'XX////////XX',
    patientTypes: ['new' as const],
    procedureCodes: ['D0150', 'D0210'],
    showProviders: true,
    people: [0, 1],
    rooms: [0, 1, 2],
  },
  {
    name: 'Cleaning and check-up',
    description: 'A regular cleaning with a check-up.',
    durationMinutes: 45,
    patientTypes: ['new' as const, 'returning' as const],
    procedureCodes: ['D1110', 'D0120'],
    showProviders: true,
    people: [2, 3],
    rooms: [3, 4],
  },
  {
    name: "Child's cleaning",
    durationMinutes: 30,
    patientTypes: ['new' as const, 'returning' as const],
    minAge: 2,
    maxAge: 13,
    procedureCodes: ['D1120'],
    showProviders: false,
    people: [2, 3],
    rooms: [3, 4],
  },
  {
    name: 'Tooth pain',
    description: 'Something hurts: the earliest time with any dentist.',
    durationMinutes: 30,
    patientTypes: ['new' as const, 'returning' as const],
    procedureCodes: ['D0140'],
    showProviders: false,
    people: [0, 1],
    rooms: [0, 1, 2],
  },
];

export const CARRIERS = [
  { name: 'Delta Dental', status: 'accepted' as const, payerId: '94276' },
  { name: 'MetLife', status: 'accepted' as const, payerId: '65978' },
  { name: 'Cigna', status: 'accepted' as const, payerId: '62308' },
  { name: 'Guardian', status: 'out_of_network' as const },
];

export const REFERRERS = ['A friend or family member', 'Web search', 'My insurance company', 'Walked by'];

export const SETTINGS = {
  brand: {
    name: 'Lakeview Dental Studio',
    phone: '+1 312 555 0100',
    email: 'hello@lakeview.example',
    displayAddress: '100 Harbor Street, Suite 2, Chicago, IL 60601',
  },
  widget: { title: 'Book your visit', successText: 'Thank you. We look forward to seeing you.' },
  messages: {
    senderName: 'Lakeview Dental Studio',
    replyTo: 'hello@lakeview.example',
    practiceNotificationEmails: ['desk@lakeview.example'],
  },
};
