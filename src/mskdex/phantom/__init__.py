"""Virtual patients: anatomy, population, pose, tissue and radiograph of people who never were."""
