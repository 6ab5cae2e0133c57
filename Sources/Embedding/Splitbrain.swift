// One import for those who embed the testbed: `import Splitbrain`.
@_exported import Checking
@_exported import Histories
@_exported import Importing
@_exported import Replication
@_exported import Reports
@_exported import Scenarios
@_exported import Simulation
@_exported import Storage
@_exported import Traffic
