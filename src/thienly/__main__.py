from thienly.cli import main

main()
