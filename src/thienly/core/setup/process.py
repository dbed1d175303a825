"""`python -m thienly.core.setup.process`: populates.

A process of its own, because Django reads its settings once.
"""

if __name__ == "__main__":
    import django

    django.setup()

    from thienly.core.setup.populate import main  # models can be imported only now

    main()
